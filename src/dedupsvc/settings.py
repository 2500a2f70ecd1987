"""Every setting of the service, read once from DEDUPSVC_* environment variables."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DRIVER_PREFIX = re.compile(r"(?:postgresql|postgres|sqlite)\+\w+://", re.IGNORECASE)


class Settings(BaseSettings):
    """The service's configuration. Frozen; built once, at start, and passed on as an argument."""

    model_config = SettingsConfigDict(
        env_prefix="DEDUPSVC_", frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    database_url: Annotated[
        str,
        Field(
            description="Where records are kept: `sqlite:///file` or `postgresql://user:password@host/database`.",
            repr=False,
        ),
    ] = "sqlite:///dedupsvc.sqlite3"
    dev_open: Annotated[
        bool,
        Field(description="Serve requests from this machine itself (loopback) without a key. For trying out only."),
    ] = False
    hash_key_file: Annotated[
        str,
        Field(
            min_length=1,
            description="File with the secret that blocking keys are hashed with; made if missing. Back it up.",
        ),
    ] = "dedupsvc.key"
    claim_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="How long an accepted record without external_id holds its place.")
    ] = 600
    idempotency_days: Annotated[
        int, Field(ge=1, le=365, description="How long the first answer to an Idempotency-Key is kept.")
    ] = 7
    future_tolerance_seconds: Annotated[
        int, Field(ge=0, le=86_400, description="How far in the future occurred_at may lie before it is refused.")
    ] = 300
    pool_size: Annotated[
        int, Field(ge=1, le=256, description="Database connections per process (PostgreSQL only).")
    ] = 8
    max_body_bytes: Annotated[int, Field(ge=1_024, description="Largest body of a single request, in bytes.")] = 262_144
    max_batch_body_bytes: Annotated[int, Field(ge=1_024, description="Largest body of a batch, in bytes.")] = 4_194_304
    max_import_bytes: Annotated[
        int, Field(ge=1_024, description="Largest file that POST /imports takes, in bytes.")
    ] = 104_857_600
    import_folder: Annotated[
        str,
        Field(
            min_length=1, description="Folder for uploads while they are imported, and for the rows rejected from them."
        ),
    ] = "dedupsvc-imports"
    upload_seconds: Annotated[
        float, Field(gt=0, le=3600, description="How long an upload to POST /imports may take to arrive.")
    ] = 600
    request_seconds: Annotated[
        float, Field(gt=0, le=600, description="After this time a request is answered with 503 and Retry-After.")
    ] = 10
    batch_seconds: Annotated[float, Field(gt=0, le=3600, description="The same for a batch.")] = 60
    lookup_processes: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="Processes beside each worker that only answer `/match`, if the machine has the cores for them; 0 = none.",
        ),
    ] = 1
    concurrent_requests: Annotated[
        int, Field(ge=1, le=10_000, description="Requests that a process works on at the same time.")
    ] = 32
    concurrent_batches: Annotated[
        int, Field(ge=1, le=1_000, description="The same for batches, and again for imports and exports.")
    ] = 8
    queued_requests: Annotated[
        int,
        Field(
            ge=0,
            le=100_000,
            description="Requests that may wait for their turn, in a process; more are answered with 503 and Retry-After.",
        ),
    ] = 64
    queue_seconds: Annotated[
        float,
        Field(gt=0, le=600, description="How long a request may wait for its turn before it is answered so, too."),
    ] = 2
    drain_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=600,
            description="After SIGTERM, how long requests are still taken while /readyz already says 503.",
        ),
    ] = 2
    recheck_share: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Share of one CPU for looking again at records whose search had to leave out what too many share; 0 = never.",
        ),
    ] = 0.1
    locale: Annotated[
        Literal["en", "zh"],
        Field(description="Language of messages when neither the body nor Accept-Language says one."),
    ] = "en"
    phone_country: Annotated[
        str,
        Field(
            pattern=r"^[A-Z]{2}$",
            description="Country (ISO 3166 alpha-2) of phone numbers that name none, nor does the address.",
        ),
    ] = "CN"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe log lines that are written.")
    ] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if _DRIVER_PREFIX.match(url):
            raise ValueError("leave the driver out of the URL: write postgresql://… or sqlite:///…")
        if url.startswith("postgresql://") and len(url) > len("postgresql://"):
            return url
        if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
            return url
        raise ValueError("expected sqlite:///file or postgresql://user:password@host/database")
