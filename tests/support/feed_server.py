"""A source of quotes on loopback: WebSockets and HTTP, by a script, with faults on purpose.

    server = FeedServer(  # tests/support/feed_acts.py has the acts
        sockets={"/ws": [[send(frame), half(frame), cut()], [refuse(403, "no")]]},
        answers={"/v2/chain": [Answer(200, body)]},
    )
    async with server.running() as address:  # http://127.0.0.1:41234
        ...

Each connection plays the next script of its path, and each request gets the next answer; the
last one is repeated. So one script `[send(frame), cut()]` is a source that flaps. A socket
stays open and silent after its script until its client goes.
"""

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple, TypeAlias, TypeVar

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

T = TypeVar("T")
Message: TypeAlias = bytes | str  # a binary frame, or one of text


class Answer(NamedTuple):
    """An answer over HTTP. `cut` sends half of the body, then ends the connection."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    cut: bool = False


class Heard(NamedTuple):
    """A request, or a message of a socket, as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Message = b""


DEAD_TOKEN = Answer(403, b'{"message": "the token is unknown, or over"}')


class Refused(NamedTuple):
    """Instead of a script: the handshake is answered so."""

    answer: Answer


class Peer(NamedTuple):
    """One open socket, as an act sees it."""

    socket: web.WebSocketResponse
    request: web.Request
    server: "FeedServer"


Act: TypeAlias = Callable[[Peer], Awaitable[None]]
Reply: TypeAlias = Callable[[Heard], Iterable[Message]]
Script: TypeAlias = Sequence[Act] | Refused
AnswerTo: TypeAlias = Callable[[Heard], Answer]
Answers: TypeAlias = Sequence[Answer] | AnswerTo


class FeedServer:
    """Plays its scripts; what clients sent is in `heard`.

    `refusal`, once set, answers every request and handshake: 403 for an hour is
    `server.refusal = Answer(403, b"no")`. `tokens`, once set, are the only ones that are let
    in: one of them has to be in the query or the headers. `revoke` is a day token that dies.
    """

    def __init__(
        self,
        sockets: Mapping[str, Sequence[Script]] | None = None,
        answers: Mapping[str, Answers] | None = None,
    ) -> None:
        self.sockets = {path: list(each) for path, each in (sockets or {}).items()}
        self.answers: dict[str, list[Answer] | AnswerTo] = {
            path: each if callable(each) else list(each)
            for path, each in (answers or {}).items()
        }
        self.refusal: Answer | None = None
        self.tokens: set[str] | None = None
        self.dead_token = DEAD_TOKEN  # the answer to one that is not let in
        self.heard: list[Heard] = []
        self.connections = 0  # handshakes that were let in
        self.open: dict[web.WebSocketResponse, web.Request] = {}
        self.replies: dict[web.WebSocketResponse, Reply] = {}
        self.most_open = 0
        self._news = asyncio.Condition()
        self._scripts: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(
        self, context: ssl.SSLContext | None = None
    ) -> AsyncIterator[str]:
        """Its address, as `http://127.0.0.1:PORT`; https with a context."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._request)
        server = TestServer(app, scheme="https" if context else "http")
        await server.start_server(ssl=context)
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            for request in self.open.values():
                abort(request)
            for script in self._scripts:
                script.cancel()
            await server.close()

    async def hears(
        self, wanted: Callable[[Heard], bool] = lambda _: True, times: int = 1
    ) -> list[Heard]:
        """So many requests or messages of this kind, once they are there."""
        async with self._news:
            await self._news.wait_for(lambda: len(self._found(wanted)) >= times)
            return self._found(wanted)

    async def until(self, holds: Callable[["FeedServer"], bool]) -> None:
        """Return once this holds; it is looked at after each message and connection."""
        async with self._news:
            await self._news.wait_for(lambda: holds(self))

    async def revoke(self, token: str, answer: Answer = DEAD_TOKEN) -> None:
        """End all sockets that were opened with a token, and let it in no more."""
        self.tokens = (self.tokens or set()) - {token}
        self.dead_token = answer
        for socket, request in [*self.open.items()]:
            if is_held_by(request, token):
                await send_close(socket, 1008, "the token is over")

    def _found(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        return [heard for heard in self.heard if wanted(heard)]

    async def _tell(self, heard: Heard | None = None) -> None:
        async with self._news:
            self.heard += [heard] if heard else []
            self.most_open = max(self.most_open, len(self.open))
            self._news.notify_all()

    async def _request(self, request: web.Request) -> web.StreamResponse:
        heard = heard_of(request, await request.read())
        await self._tell(heard)
        if refusal := self._refusal_of(request):
            return response(refusal)
        if request.path in self.sockets:
            script = next_of(self.sockets[request.path])
            if isinstance(script, Refused):
                return response(script.answer)
            return await self._play(script, request)
        answers = self.answers.get(request.path)
        if answers is None:
            return web.Response(status=404, text="no such path")
        answer = answers(heard) if callable(answers) else next_of(answers)
        return await half_answer(answer, request) if answer.cut else response(answer)

    def _refusal_of(self, request: web.Request) -> Answer | None:
        if self.refusal or self.tokens is None:
            return self.refusal
        is_known = any(is_held_by(request, token) for token in self.tokens)
        return None if is_known else self.dead_token

    async def _play(
        self, script: Sequence[Act], request: web.Request
    ) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self.connections += 1
        self.open[socket] = request
        await self._tell()
        acting = asyncio.create_task(self._act(script, Peer(socket, request, self)))
        self._scripts.add(acting)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    heard = heard_of(request, message.data)
                    await self._tell(heard)
                    if reply := self.replies.get(socket):
                        await send_all(socket, reply(heard))
        finally:
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)
            self._scripts.discard(acting)
            self.replies.pop(socket, None)
            del self.open[socket]
            await self._tell()
        return socket

    async def _act(self, script: Sequence[Act], peer: Peer) -> None:
        with contextlib.suppress(ConnectionError):  # its client went
            for act in script:
                await act(peer)


def wrong_lengths(message: bytes) -> list[bytes]:
    """A message with a byte too few, one too many, nothing, its head alone, and twice."""
    return [message[:-1], message + b"\0", b"", message[:4], message * 2]


def clock(off_by: float = 0.0) -> Callable[[], int]:
    """A source's clock, this many seconds off: milliseconds since 1970."""
    return lambda: int((time.time() + off_by) * 1000)


@contextmanager
def served(server: FeedServer) -> Iterator[str]:
    """Its address, for a test that is not async: it runs on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def act(what: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, loop).result()

    running = server.running()
    try:
        yield act(running.__aenter__())
    finally:
        act(running.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def json_answer(body: object, status: int = 200) -> Answer:
    return Answer(
        status, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )


async def send_all(socket: web.WebSocketResponse, messages: Iterable[Message]) -> None:
    for message in messages:
        if isinstance(message, str):
            await socket.send_str(message)
        else:
            await socket.send_bytes(message)


async def send_close(socket: web.WebSocketResponse, code: int, reason: str) -> None:
    """The frame alone: the reading of the socket ends once the client has answered."""
    with contextlib.suppress(ConnectionError):
        await socket.send_frame(
            code.to_bytes(2, "big") + reason.encode(), WSMsgType.CLOSE
        )


async def half_answer(answer: Answer, request: web.Request) -> web.StreamResponse:
    made = web.StreamResponse(status=answer.status, headers=answer.headers)
    made.content_length = len(answer.body)
    await made.prepare(request)
    await made.write(answer.body[: len(answer.body) // 2])
    abort(request)
    return made


def response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def next_of(queue: list[T]) -> T:
    """The next one; the last is repeated."""
    return queue.pop(0) if len(queue) > 1 else queue[0]


def is_held_by(request: web.Request, token: str) -> bool:
    sent = [*request.query.values(), *request.headers.values()]
    return any(token in value for value in sent)


def heard_of(request: web.Request, body: Message) -> Heard:
    return Heard(request.path, dict(request.query), dict(request.headers), body)


def abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
