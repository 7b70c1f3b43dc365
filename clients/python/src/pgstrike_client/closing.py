"""What ends when a client is closed."""

import asyncio
import contextlib
from collections.abc import Iterator

import aiohttp


class Closing:
    """The responses that are being read.

    aiohttp does not wake who reads a response when its session is closed.
    """

    def __init__(self) -> None:
        self._closed = asyncio.Event()
        self._responses: set[aiohttp.ClientResponse] = set()

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    @contextlib.contextmanager
    def reading(self, response: aiohttp.ClientResponse) -> Iterator[None]:
        self._responses.add(response)
        try:
            yield
        finally:
            self._responses.discard(response)

    async def sleep(self, seconds: float, woken: asyncio.Event) -> None:
        """Sleep, or return at once when the client is closed, or an event is set."""
        waits = [asyncio.create_task(each.wait()) for each in (self._closed, woken)]
        try:
            await asyncio.wait(
                waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()

    def close(self) -> None:
        self._closed.set()
        for response in self._responses:
            response.close()
