"""The server process of the bench: the service's own way of serving, with the bench's application."""

from __future__ import annotations

import sys

from dedupsvc.api.serving import run
from dedupsvc.settings import Settings

if __name__ == "__main__":
    run(Settings(), "127.0.0.1", int(sys.argv[1]), workers=1, application="tests.bench.app:application")
