"""The secret that blocking keys are hashed with, kept in a file beside the database and never inside it."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from dedupsvc.core.errors import StoreUnsafe

LENGTH = 32


def read_or_make(path: Path) -> bytes:
    """32 bytes. Of several processes that make the file at once, one wins and all get its secret.

    Raises:
        StoreUnsafe: the file is not a secret of ours, or cannot be read or made.
    """
    try:
        return _read_or_make(path)
    except OSError as error:
        raise StoreUnsafe(
            f"The hash key file cannot be read or made: {error.strerror} (DEDUPSVC_HASH_KEY_FILE)."
        ) from error


def _read_or_make(path: Path) -> bytes:
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its secret is as good
        finally:
            fresh.unlink()
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (ValueError, UnicodeDecodeError):
        secret = b""
    if len(secret) != LENGTH:
        raise StoreUnsafe("The hash key file does not hold 64 hexadecimal digits.")
    return secret


def check_value(secret: bytes) -> str:
    """Tells whether two secrets are equal without telling either."""
    return blake2b(b"dedupsvc hash key check", digest_size=16, key=secret).hexdigest()
