"""The load where there is no wrk: plain HTTP/1.1 over asyncio streams, in a process of its own; prints what load.lua prints.

python -m tests.bench.client URL FILE FROM CLIENTS SECONDS
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit


async def main(url: str, bodies: list[bytes], start: int, clients: int, seconds: float) -> dict[str, float]:
    rest = itertools.islice(itertools.cycle(bodies), start % len(bodies), None)
    begun = time.perf_counter()
    parts = await asyncio.gather(*(_client(url, rest, begun + seconds) for _ in range(clients)))
    passed = time.perf_counter() - begun
    taken = sorted(one for part in parts for one, _ in part)
    return {
        "requests": len(taken),
        "seconds": passed,
        "errors": sum(not good for part in parts for _, good in part),
        **{f"p{share}": taken[min(len(taken) - 1, len(taken) * share // 100)] * 1000 for share in (50, 95, 99)},
    }


async def _client(url: str, bodies: Iterator[bytes], until: float) -> list[tuple[float, bool]]:
    """Seconds of each request, and whether it was answered with 200."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    )
    done = []
    while (begun := time.perf_counter()) < until:
        body = next(bodies)
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
        done.append((time.perf_counter() - begun, answer.startswith(b"http/1.1 200")))
    writer.close()
    return done


if __name__ == "__main__":
    target, path, place, number, duration = sys.argv[1:]
    print(
        json.dumps(
            asyncio.run(main(target, Path(path).read_bytes().splitlines(), int(place), int(number), float(duration)))
        )
    )
