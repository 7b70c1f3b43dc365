"""Closing an iterator that is not read to its end: until then its connections stay open."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

Item = TypeVar("Item")


@asynccontextmanager
async def ending(items: AsyncIterator[Item]) -> AsyncIterator[AsyncIterator[Item]]:
    """The items; what a generator has open for them is closed with the context.

    After `async for` alone it stays open until the garbage collector comes.
    """
    try:
        yield items
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()
