"""Requests that are alike, while the answer of the first is held back."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from pgstrike.api.cache.answers import Kept
from pgstrike.api.cache.changes import Changes
from pgstrike.api.http.kept import make_answer
from pgstrike.api.server.http_connection import HttpConnection
from tests.api.conftest import Client
from tests.support.http_wire import PATIENCE, Wire, wire

COUNT = 5


class Desk:
    """A server whose answers can be held back, and connections that asked it before."""

    def __init__(self) -> None:
        self.changes: Changes
        self.wires: list[Wire] = []
        self.made = 0
        self.waited: list[HttpConnection] = []
        self.changes_while_made = False
        self.is_held = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.is_reached = asyncio.Event()
        self.to_wait = COUNT - 1
        self.all_wait = asyncio.Event()  # as many as are to
        self.all_long = asyncio.Event()

    async def connect(self, client: Client, stack: AsyncExitStack) -> None:
        """Connections, each of which has asked once."""
        for _ in range(COUNT):
            self.wires.append(await stack.enter_async_context(wire(client)))
            await self.wires[-1].ask()

    async def make(self, *args: Any) -> Kept:
        answer = await make_answer(*args)
        self.made += 1
        self.is_reached.set()
        await self.is_open.wait()
        if self.changes_while_made:
            self.changes.forget()
        return answer

    async def hold(self) -> None:
        """The first connection asks for what is not known any more; the answer is held back."""
        self.changes.forget()
        self.made, self.is_held = 0, True
        self.is_reached.clear()
        self.is_open.clear()
        self.wires[0].send()
        async with asyncio.timeout(PATIENCE):
            await self.is_reached.wait()

    async def have_wait(self) -> None:
        """All others ask for the same, and wait for it."""
        for each in self.wires[1:]:
            each.send()
        async with asyncio.timeout(PATIENCE):
            await self.all_wait.wait()
