"""Asks /healthz from a process of its own, so that only the service can make it late; prints the seconds each answer took."""

from __future__ import annotations

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

EVERY = 0.05


def main() -> None:
    """Arguments: the service's address, and for how many seconds."""
    place, until = urlsplit(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    took = []
    while time.monotonic() < until:
        started = time.monotonic()
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            alive = connection.getresponse().status == 200
        except OSError:
            alive = False
        finally:
            connection.close()
        took.append(time.monotonic() - started if alive else 10.0)
        time.sleep(EVERY)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
