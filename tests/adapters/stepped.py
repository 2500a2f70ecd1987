"""Cancels a coroutine at a chosen suspension point, so that a test can try them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any


class CancelledAt:
    """Awaits the coroutine and cancels the task that does so when it is suspended for the ``point``-th time."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], point: int) -> None:
        self._coroutine = coroutine
        self._point = point
        self.suspensions = 0

    @property
    def was_cancelled(self) -> bool:
        return self.suspensions >= self._point

    def __await__(self) -> Generator[Any, None, None]:
        inner = self._coroutine.__await__()
        step: Callable[[], Any] = partial(next, inner)
        while True:
            try:
                waited = step()
            except StopIteration:
                return
            self.suspensions += 1
            task = asyncio.current_task()
            if self.suspensions == self._point and task is not None:
                asyncio.get_running_loop().call_soon(task.cancel)
            try:
                yield waited
            except BaseException as error:  # noqa: BLE001 - handed to the coroutine as it is
                step = partial(inner.throw, error)
            else:
                step = partial(next, inner)


async def run(stepped: CancelledAt) -> None:
    await stepped
