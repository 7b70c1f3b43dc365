"""Subscribers that read through pgstrike_client, which does the resuming."""

import asyncio
import contextlib

import aiohttp

from pgstrike_client import Event, Panel, Stream, Timing
from pgstrike_client.connection import PREFIX
from tests.soak.journal import STANDS, Told
from tests.soak.service import KEY, LOOK_SECONDS
from tests.soak.subscriber import Subscriber
from tests.support.sse_reader import Dispatched

TIMING = Timing(first_wait=0.05, longest_wait=0.2)


class Hasty(Stream):
    """The server asks for a wait of 1 to 3 s, and a round has no such time."""

    @property
    def _retry(self) -> float:
        return TIMING.first_wait

    @_retry.setter
    def _retry(self, _: float) -> None:
        pass


class ClientRaw(Subscriber):
    """Keeps every event; now and then another stream goes on where the last one was."""

    _stream: Stream | None = None

    @property
    def upto(self) -> int:
        """A client hands on no id without an event, but it has it."""
        at = self._stream.position if self._stream else ""
        return int((at or ":-1").rpartition(":")[2])

    async def run(self) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                await self.service.serves.wait()
                await self._follow(session)

    async def reach(self, id: int) -> None:
        while self.upto < id:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    async def settle(self, final: int, task: "asyncio.Task[None]") -> None:
        await self.reach(final)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.journal.add(Told(self.upto, STANDS, ""))

    async def _follow(self, session: aiohttp.ClientSession) -> None:
        leave = self.chance.randrange(1, 400)
        stream = self._stream = Hasty(
            session,
            f"http://127.0.0.1:{self.service.port}{PREFIX}/stream",
            query=self.wish.query(),
            after=(self._stream.position if self._stream else None),
            timing=TIMING,
        )
        self.connections += 1
        if not stream.position:
            self.journal.begin()
        async with contextlib.aclosing(aiter(stream)) as events:
            async for event in events:
                self.take(event)
                leave -= 1
                if not leave:
                    return

    def take(self, event: Event) -> None:
        self.journal.note(Dispatched(event.type, event.data, event.id))


class ClientPanel(ClientRaw):
    """Holds the chains that pgstrike_client's panel holds."""

    panel: Panel | None = None

    @property
    def rows(self) -> dict[tuple[str, str], dict[float, object]]:
        chains = self.panel.chains if self.panel else {}
        return {key: chain.rows for key, chain in chains.items()}

    def take(self, event: Event) -> None:
        self.panel = self.panel or Panel()
        if event.type == "reset" and event.id:
            self.journal.resets.append("kept")
        elif self.panel.apply(event):
            self.journal.note(Dispatched(STANDS, "", event.id))
        else:
            super().take(event)
