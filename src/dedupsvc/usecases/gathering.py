"""What is asked at the same time, worked on together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")

TOGETHER = 32
"""So many at most: what one of them needs of the event loop, the next one waits for."""


class _Waiting(NamedTuple, Generic[Asked, Found]):
    tenant_id: int
    asked: Asked
    found: asyncio.Future[Found]


class Gathering(Generic[Asked, Found]):
    """Whoever asks is answered as if alone; those of one tenant who ask in one turn of the event loop are one group.

    ``work`` answers a group in its order. So many groups are ``under_way`` at a time; whoever comes meanwhile makes up the next.
    """

    def __init__(self, work: Callable[[int, Sequence[Asked]], Awaitable[Sequence[Found]]], under_way: int) -> None:
        self._work = work
        self._under_way = under_way
        self._waiting: deque[_Waiting[Asked, Found]] = deque()
        self._tasks: set[asyncio.Task[Sequence[Found]]] = set()
        self._begun = False

    async def ask(self, tenant_id: int, asked: Asked) -> Found:
        """Whoever gives up waiting leaves the others alone."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Found] = loop.create_future()
        self._waiting.append(_Waiting(tenant_id, asked, found))
        if not self._begun:
            self._begun = True
            loop.call_soon(self._begin)
        return await found

    def _begin(self) -> None:
        """Everybody who was ready in the same turn has come by now."""
        self._begun = False
        while self._waiting and len(self._tasks) < self._under_way:
            self._start(self._next_group())

    def _next_group(self) -> list[_Waiting[Asked, Found]]:
        """Who has waited longest, and those behind who ask for the same tenant's data; who has given up is passed over."""
        group: list[_Waiting[Asked, Found]] = []
        while self._waiting and len(group) < TOGETHER:
            if group and self._waiting[0].tenant_id != group[0].tenant_id:
                break
            one = self._waiting.popleft()
            if not one.found.done():
                group.append(one)
        return group

    def _start(self, group: list[_Waiting[Asked, Found]]) -> None:
        if group:
            work = self._worked(group[0].tenant_id, [one.asked for one in group])
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, group))

    async def _worked(self, tenant_id: int, asked: Sequence[Asked]) -> Sequence[Found]:
        return await self._work(tenant_id, asked)

    def _ended(self, group: list[_Waiting[Asked, Found]], task: asyncio.Task[Sequence[Found]]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            for one in group:
                one.found.cancel()
        elif error := task.exception():
            self._failed(group, error)
        else:
            for one, found in zip(group, task.result(), strict=True):
                if not one.found.done():
                    one.found.set_result(found)
        if self._waiting and not self._begun:
            self._begin()

    def _failed(self, group: list[_Waiting[Asked, Found]], error: BaseException) -> None:
        """What one of them brings to light is no other's fault: each is worked on by itself."""
        if len(group) > 1:
            for one in group:
                self._start([one])
        elif not group[0].found.done():
            group[0].found.set_exception(error)
