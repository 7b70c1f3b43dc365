"""What a script of a FeedServer does: each act sends something, waits, or ends a connection."""

import asyncio
import struct
import threading
from collections.abc import Callable, Iterable

from tests.support.feed_server import (
    Act,
    Answer,
    Heard,
    Message,
    Peer,
    Refused,
    Reply,
    abort,
    send_all,
    send_close,
)

GATE_SECONDS = 60.0
CUT_HEADER = struct.Struct(">BBQ")  # of a frame that is longer than 64 kB
BINARY_FRAME, LENGTH_OF_8_BYTES = 0x82, 127


def send(*messages: Message) -> Act:
    """Send these, one after the other; the client's speed is waited for."""

    async def act(peer: Peer) -> None:
        await send_all(peer.socket, messages)

    return act


def flood(messages: Iterable[Message], times: int = 20) -> Act:
    """Each message so many times, as fast as the client takes them."""

    async def act(peer: Peer) -> None:
        for message in messages:
            await send_all(peer.socket, [message] * times)

    return act


def half(message: bytes) -> Act:
    """The first half of a binary message, whose frame promises the whole."""

    async def act(peer: Peer) -> None:
        header = CUT_HEADER.pack(BINARY_FRAME, LENGTH_OF_8_BYTES, len(message))
        transport = peer.request.transport
        assert transport is not None
        transport.write(header + message[: len(message) // 2])

    return act


def replies(reply: Reply) -> Act:
    """From now on, beside the next acts: answer each message so."""

    async def act(peer: Peer) -> None:
        peer.server.replies[peer.socket] = reply

    return act


def hear(times: int = 1, having: str = "") -> Act:
    """Wait until clients of this path have sent so many messages that have this text."""

    async def act(peer: Peer) -> None:
        is_ours = of_path(peer.request.path)
        await peer.server.hears(
            lambda heard: is_ours(heard) and having in text_of(heard), times
        )

    return act


def gate(opened: threading.Event) -> Act:
    """Wait until the test opens it, from its own thread."""

    async def act(peer: Peer) -> None:
        assert await asyncio.to_thread(opened.wait, GATE_SECONDS)

    return act


def pause(seconds: float) -> Act:
    """Send nothing for a while."""

    async def act(peer: Peer) -> None:
        await asyncio.sleep(seconds)

    return act


def silence() -> Act:
    """Send nothing more; the connection stays open."""

    async def act(peer: Peer) -> None:
        await asyncio.Event().wait()

    return act


def close(code: int = 1000, reason: str = "") -> Act:
    """Close as the protocol says."""

    async def act(peer: Peer) -> None:
        await send_close(peer.socket, code, reason)

    return act


def cut() -> Act:
    """End the connection at once, without a word."""

    async def act(peer: Peer) -> None:
        abort(peer.request)

    return act


def refuse(status: int, body: str = "", **headers: str) -> Refused:
    """A script that answers the handshake so."""
    return Refused(Answer(status, body.encode(), headers))


def text_of(heard: Heard) -> str:
    body = heard.body
    return body if isinstance(body, str) else body.decode(errors="replace")


def of_path(path: str) -> Callable[[Heard], bool]:
    """Messages of this path's sockets; a handshake has no body."""
    return lambda heard: heard.path == path and bool(heard.body)
