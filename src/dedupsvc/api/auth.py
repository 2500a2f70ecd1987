"""Who is calling: there are no keys yet, so only this machine itself is let in, and only if the settings say so."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request

from dedupsvc.api import locale as locales
from dedupsvc.api.errors import RequestError
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN, Caller

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def authenticate(request: Request, settings: Settings) -> Caller:
    """The caller of the request; RequestError with 401 if there is no telling who it is."""
    if settings.dev_open and _from_this_machine(request):
        return Caller(DEV_OPEN.tenant_id, DEV_OPEN.principal, locales.of_request(request.scope))
    raise RequestError(401, "UNAUTHENTICATED")


def _from_this_machine(request: Request) -> bool:
    """A peer alone proves little: a proxy or a web page that rebound its name also comes from here, but says so."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = request.headers.get("host", "")
    # A page of another site can send a request without a body here unasked; its browser says where it is from.
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return False
    return _is_loopback(_host_name(host))


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
