"""Cancelling a coroutine where it waits."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


@coroutine
def watched(
    inner: Coroutine[Any, Any, Result], waits: Callable[[int], None]
) -> Generator[Any, Any, Result]:
    """Run a coroutine, and call `waits` with 1, 2, ... each time it comes to wait."""
    thrown: BaseException | None = None
    for number in itertools.count(1):
        try:
            awaited = inner.send(None) if thrown is None else inner.throw(thrown)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        waits(number)
        try:
            thrown = None
            yield awaited
        except BaseException as error:
            thrown = error
    raise AssertionError


async def cancelled_at(inner: Coroutine[Any, Any, object], *places: int) -> int:
    """Cancel a coroutine each time it waits for the n-th time; how often it waited."""
    waited = 0

    def waits(number: int) -> None:
        nonlocal waited
        waited = number
        if number in places:
            # A task can be cancelled once it has begun to wait.
            asyncio.get_running_loop().call_soon(task.cancel)

    async def run() -> None:
        await watched(inner, waits)

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return waited
