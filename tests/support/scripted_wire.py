"""A Wire that plays a script: answers by address, and sockets with the messages to come."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from pgstrike.jobs.live import plugin
from pgstrike.jobs.live.plugin import Frame
from tests.support.feeds import utc

NOW = utc("2025-08-29T04:30:00")  # 10:00 in India


class Asked(NamedTuple):
    """A request, or a socket that was opened."""

    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


Answer = bytes | Exception | Callable[[Asked], bytes]


class ScriptedSocket:
    def __init__(self, messages: Sequence[Frame | Exception]) -> None:
        self.sent: list[bytes | str] = []
        self._messages = messages

    async def send(self, data: bytes | str) -> None:
        self.sent.append(data)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        for message in self._messages:
            if isinstance(message, Exception):
                raise message
            yield message


class ScriptedWire:
    """`answers` has a body, an error, or a function of the request, by the address's beginning.

    A list of these is for as many requests. Of `sockets` each opening takes the next: its
    messages, or an error. Each request takes `step`.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer | list[Answer]],
        sockets: Sequence["Sequence[Frame | Exception] | Exception"] = (),
        *,
        now: int = NOW,
        step: int = 0,
    ) -> None:
        self.answers, self.now, self._step = dict(answers), now, step
        self.asked: list[Asked] = []
        self.opened: list[ScriptedSocket] = []
        self.closed = 0
        self.slept: list[float] = []
        self._sockets = list(sockets)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        return await self.post(url, b"", params=params, headers=headers)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        request = Asked(url, params or {}, headers or {}, body)
        self.asked.append(request)
        self.now += self._step
        known = [start for start in self.answers if url.startswith(start)]
        answer = self.answers[max(known, key=len)]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Frame(self.now, answer if isinstance(answer, bytes) else answer(request))

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[ScriptedSocket]:
        self.asked.append(Asked(url, params or {}, headers or {}))
        script = self._sockets.pop(0)
        if isinstance(script, Exception):
            raise script
        self.opened.append(ScriptedSocket(script))
        try:
            yield self.opened[-1]
        finally:
            self.closed += 1

    async def through(
        self, name: str, source: AsyncIterator[bytes]
    ) -> AsyncIterator[Frame]:
        async for data in source:
            yield Frame(self.now, data)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def plain(name: str, symbols: Sequence[str], **options: str) -> plugin.Asked:
    """What a user asks of a feed; each secret is its own name."""
    return plugin.Asked(name, symbols, options, lambda secret: f"<{secret}>")
