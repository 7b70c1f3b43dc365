"""Cancelling a coroutine where it waits."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from types import coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


@coroutine
def watched(
    inner: Coroutine[Any, Any, Result], waits: Callable[[], None]
) -> Generator[Any, Any, Result]:
    """Run a coroutine, and call `waits` each time it comes to wait."""
    thrown: BaseException | None = None
    while True:
        try:
            awaited = inner.send(None) if thrown is None else inner.throw(thrown)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        waits()
        try:
            thrown = None
            yield awaited
        except BaseException as error:
            thrown = error


class Plan:
    """Cancels a task where it, or a task that it has started, waits for the n-th time."""

    def __init__(self, places: tuple[int, ...]) -> None:
        self.places = places
        self.waited = 0
        self.task: asyncio.Task[None] | None = None

    def waits(self) -> None:
        self.waited += 1
        if self.waited in self.places:
            # A task can be cancelled once it has begun to wait.
            asyncio.get_running_loop().call_soon(self.task.cancel)


PLAN: ContextVar[Plan | None] = ContextVar("plan", default=None)


def watching(
    loop: asyncio.AbstractEventLoop, inner: Coroutine[Any, Any, Any], **named: Any
) -> asyncio.Task[Any]:
    """A task factory, for tasks that have a plan and those that these start."""
    if plan := PLAN.get():
        inner = watched(inner, plan.waits)
    return asyncio.Task(inner, loop=loop, **named)


async def cancelled_at(inner: Coroutine[Any, Any, object], *places: int) -> int:
    """Cancel a coroutine each time it waits for the n-th time; how often it waited."""
    loop, plan = asyncio.get_running_loop(), Plan(places)
    loop.set_task_factory(watching)
    before = PLAN.set(plan)
    plan.task = loop.create_task(inner)
    PLAN.reset(before)
    await asyncio.wait([plan.task])
    if not plan.task.cancelled():
        plan.task.result()
    return plan.waited
