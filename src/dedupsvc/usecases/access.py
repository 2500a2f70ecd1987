"""Who is calling: the tenant that everything is bound to, and the principal that audit rows name."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_TENANT = 1


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. ``principal`` is a stable, non-secret name such as ``dev-open``."""

    tenant_id: int
    principal: str
    locale: str = "en"


DEV_OPEN = Caller(tenant_id=DEFAULT_TENANT, principal="dev-open")
"""The caller that a loopback request without a key is taken for when DEDUPSVC_DEV_OPEN=1."""
