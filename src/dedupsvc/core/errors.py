"""The errors that the core and the use cases raise; only the HTTP shell knows their status codes."""

from __future__ import annotations

from collections.abc import Mapping


class DedupError(Exception):
    """Something the caller asked for cannot be done.

    ``code`` is stable and upper case, ``message`` is safe to show: neither ever contains a value of a record.
    """

    code = "ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidField(DedupError):
    """A field of the input cannot be accepted; ``path`` is dotted, as in ``phones.0.value``."""

    code = "INVALID_FIELD"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class NotFound(DedupError):
    """Nothing of that id or key exists for this tenant."""

    code = "NOT_FOUND"


class Conflict(DedupError):
    """The request contradicts what is stored."""

    code = "CONFLICT"


class IdempotencyMismatch(DedupError):
    """An Idempotency-Key was used before with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyInFlight(DedupError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "IDEMPOTENCY_IN_FLIGHT"


class RulesInvalid(DedupError):
    """A ruleset document does not make sense; ``problems`` holds (path, message) pairs, ``chinese`` messages by path."""

    code = "RULES_INVALID"

    def __init__(self, problems: tuple[tuple[str, str], ...], chinese: Mapping[str, str] | None = None) -> None:
        super().__init__("The ruleset is not valid.")
        self.problems = problems
        self.chinese = chinese or {}


class PreconditionFailed(DedupError):
    """What the caller took for the present state is no longer that."""

    code = "PRECONDITION_FAILED"


class Unavailable(DedupError):
    """The check cannot be made now (store down, busy or too slow). Nothing was written; ``retry_after`` is in seconds."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnsafe(DedupError):
    """The database cannot keep the promises (isolation, durability, schema version); the service refuses to start."""

    code = "STORE_UNSAFE"
