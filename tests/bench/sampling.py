"""Where a server process spends its CPU: a timer on its CPU time, and the layer of whatever it finds running."""

from __future__ import annotations

import atexit
import json
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

INTERVAL = 0.001
"""Seconds of CPU time. The kernel's tick may make it longer; only shares are used."""

LAYERS: tuple[tuple[str, str, str], ...] = (
    ("log", "logging/", ""),
    ("log", "api/middleware.py", "_line"),
    ("normalize", "core/normalize/", ""),
    ("hashes", "core/blocking/key.py", ""),
    ("keys", "core/blocking/", ""),
    ("decode features", "adapters/codec.py", "decode_features"),
    ("decode features", "adapters/sql/rows.py", "candidate"),
    ("encode rows", "adapters/codec.py", ""),
    ("encode rows", "adapters/sql/rows.py", ""),
    ("lookup", "dedupsvc/adapters/", ""),
    ("lookup", "asyncpg/", ""),
    ("lookup", "sqlalchemy/", ""),
    ("answer", "core/explain.py", ""),
    ("answer", "core/messages.py", ""),
    ("answer", "usecases/answering.py", ""),
    ("answer", "usecases/answers.py", ""),
    ("answer", "usecases/disposition.py", ""),
    ("answer", "usecases/ids.py", ""),
    ("answer", "usecases/outcome.py", ""),
    ("answer: serialization", "api/translate.py", "answered"),
    ("answer: serialization", "api/translate.py", "answer_json"),
    ("score", "core/score.py", ""),
    ("score", "core/compare/", ""),
    ("judge", "core/judge.py", ""),
    ("judge", "core/assess.py", ""),
    ("judge", "core/threesame.py", ""),
    ("judge", "core/rules/", ""),
    ("judge", "dedupsvc/usecases/", ""),
    ("request model", "pydantic/", ""),
    ("request model", "dedupsvc/wire/", ""),
    ("request model", "fastapi/_compat/", ""),
    ("request model", "api/translate.py", ""),
    ("body parse", "api/body.py", ""),
    ("body parse", "api/deps.py", "__init__"),
    ("auth", "api/auth.py", ""),
    ("middleware", "api/middleware.py", ""),
    ("middleware", "asyncio/timeouts.py", ""),
    ("HTTP server", "uvicorn/", ""),
    ("HTTP server", "api/serving.py", ""),
    ("HTTP server", "api/door.py", ""),
    ("framework", "fastapi/", ""),
    ("framework", "starlette/", ""),
    ("framework", "dedupsvc/", ""),
    ("HTTP server", "", ""),
)
"""Layer, part of the file's path, function ("" = any). The innermost frame that one of them names decides."""

_samples: Counter[str] = Counter()
_known: dict[object, str] = {}


def start(path: str) -> None:
    """Samples until the process ends, and writes the counts then; an empty path samples nothing."""
    if not path:
        return
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    # A sample that hits the loop inside a system call must not make that call fail.
    signal.siginterrupt(signal.SIGPROF, False)
    atexit.register(_write, Path(path))


def _sample(number: int, frame: FrameType | None) -> None:
    _samples[_layer(frame)] += 1


def _layer(frame: FrameType | None) -> str:
    while frame is not None:
        code = frame.f_code
        layer = _known.get(code)
        if layer is None:
            layer = _known[code] = layer_of(code.co_filename, code.co_name)
        if layer:
            return layer
        frame = frame.f_back
    return "HTTP server"


def layer_of(path: str, function: str) -> str:
    """ "" for a frame that works for whoever called it, such as a standard library's."""
    for layer, part, name in LAYERS[:-1]:
        if part in path and (not name or name == function):
            return layer
    return ""


def _write(path: Path) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    path.write_text(json.dumps(_samples))
