"""Subscribers by way of api/client.py, which does the resuming."""

import asyncio
import contextlib

import aiohttp

from api.client import Stream, Timing
from api.client_panel import Panel
from api.sse_parser import Message
from tests.api.sse_reader import Dispatched
from tests.soak.journal import STANDS, Told
from tests.soak.service import KEY, LOOK_SECONDS
from tests.soak.subscriber import Subscriber

TIMING = Timing(first_wait=0.05, longest_wait=0.2)


class Hasty(Stream):
    """The server asks for a wait of 1 to 3 s, and a round has no such time."""

    @property
    def _first_wait(self) -> float:
        return TIMING.first_wait

    @_first_wait.setter
    def _first_wait(self, _: float) -> None:
        pass


class ClientRaw(Subscriber):
    """Keeps every event; now and then another stream goes on where the last one was."""

    _stream: Stream | None = None

    @property
    def upto(self) -> int:
        """A client hands on no id without an event, but it has it."""
        at = self._stream.position if self._stream else None
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
            query=self.wish.query(),
            after=(self._stream.position if self._stream else None),
            path=f"http://127.0.0.1:{self.service.port}/fo/stream",
            timing=TIMING,
        )
        self.connections += 1
        if not stream.position:
            self.journal.begin()
        async with contextlib.aclosing(aiter(stream)) as messages:
            async for message in messages:
                self.take(message)
                leave -= 1
                if not leave:
                    return

    def take(self, message: Message) -> None:
        self.journal.note(Dispatched(message.type, message.data, message.id))


class ClientPanel(ClientRaw):
    """Holds what api/client_panel.py makes of the frames."""

    panel: Panel | None = None

    @property
    def rows(self) -> dict[tuple[str, str], dict[float, object]]:
        chains = self.panel.chains if self.panel else {}
        return {key: chain.rows for key, chain in chains.items()}

    def take(self, message: Message) -> None:
        self.panel = self.panel or Panel()
        if message.type == "reset" and message.id:
            self.journal.resets.append("kept")
        elif self.panel.apply(message):
            self.journal.note(Dispatched(STANDS, "", message.id))
        else:
            super().take(message)
