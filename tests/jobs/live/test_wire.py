"""The wire against a source on loopback that misbehaves."""

import asyncio
import ssl
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import RefusedError
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wire import Limits, LiveWire
from tests.support.feed_acts import (
    close,
    cut,
    flood,
    half,
    hear,
    refuse,
    replies,
    send,
    silence,
)
from tests.support.feed_server import Act, Answer, FeedServer, Heard

TOKEN = "abcdef0123456789"


async def messages(wire: LiveWire, url: str, **sent: Mapping[str, str]) -> list[bytes]:
    """All messages of one connection."""
    async with wire.socket(url, **sent) as socket:
        return [frame.data async for frame in socket]


async def test_text_and_bytes_come_as_bytes_until_the_source_closes() -> None:
    server = FeedServer({"/ws": [[send(b"\x01\x02", "text"), close()]]})
    async with server.running() as address, LiveWire() as wire:
        assert await messages(wire, f"{address}/ws") == [b"\x01\x02", b"text"]


async def test_what_a_feed_sends_arrives_and_is_answered() -> None:
    def echo(heard: Heard) -> list[bytes]:
        return [b"got " + heard.body.encode()] if isinstance(heard.body, str) else []

    server = FeedServer({"/ws": [[replies(echo), hear(2), close()]]})
    async with (
        server.running() as address,
        LiveWire() as wire,
        wire.socket(f"{address}/ws") as socket,
    ):
        await socket.send("one")
        await socket.send(b"two")
        found = [frame.data async for frame in socket]
    assert found == [b"got one"]
    assert [heard.body for heard in server.heard[1:]] == ["one", b"two"]


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (cut(), "broke off|closing transport|disconnected"),
        (close(1008, f"token {TOKEN} is over"), r"code 1008: token \*\*\* is over"),
    ],
    ids=["cut", "closed with a fault"],
)
async def test_a_broken_connection_is_an_os_error(act: Act, says: str) -> None:
    server = FeedServer({"/ws": [[send(b"x"), act]]})
    secrets = Secrets({"KEY": TOKEN})
    secrets("KEY")
    async with server.running() as address, LiveWire(secrets.hide) as wire:
        with pytest.raises(OSError, match=says) as caught:
            await messages(wire, f"{address}/ws")
        assert f"{address}/ws"[4:] in str(caught.value)


async def test_half_a_message_is_never_given() -> None:
    server = FeedServer({"/ws": [[send(b"whole"), half(b"x" * 100_000), cut()]]})
    found = []
    async with (
        server.running() as address,
        LiveWire() as wire,
        wire.socket(f"{address}/ws") as socket,
    ):
        with pytest.raises(OSError):
            async for frame in socket:
                found += [frame.data]
    assert found == [b"whole"]


async def test_silence_ends_by_the_heartbeat() -> None:
    """The source is frozen below its WebSocket, so it answers no ping."""
    taken = asyncio.Event()

    async def frozen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        key = b""
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":")[1].strip()
        from base64 import b64encode
        from hashlib import sha1

        accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        await taken.wait()
        writer.close()

    server = await asyncio.start_server(frozen, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with LiveWire(limits=Limits(heartbeat=0.2, close=0.1)) as wire:
        with pytest.raises(OSError, match="No PONG"):
            await messages(wire, f"ws://127.0.0.1:{port}/")
    taken.set()
    server.close()


async def test_a_flood_waits_at_the_source_until_it_is_read() -> None:
    """No queue grows: a source of 64 MB stands still while one message is looked at."""
    message, count = b"x" * 65_536, 1000
    server = FeedServer({"/ws": [[flood([message] * (count // 20), 20), close()]]})
    sent = 0

    async with (
        server.running() as address,
        LiveWire() as wire,
        wire.socket(f"{address}/ws") as socket,
    ):
        queue = socket._socket._reader
        largest = 0
        async for _ in socket:
            sent += 1
            if sent == 1:
                await until(lambda: queue._protocol._reading_paused)
            largest = max(largest, queue._size)
    assert sent == count
    assert largest < 2**20


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - the client tells nobody that it paused
            await asyncio.sleep(0)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_says_why_without_any_secret(status: int) -> None:
    body = f'{{"message": "token {TOKEN} of user-key-77 is wrong"}}'
    server = FeedServer(
        {"/ws": [refuse(status, body)]}, {"/chain": [Answer(status, body.encode())]}
    )
    params, headers = {"access_token": TOKEN}, {"Authorization": "token user-key-77:x"}
    async with server.running() as address, LiveWire() as wire:
        for ask in (
            wire.get(f"{address}/chain?a=hidden", params=params, headers=headers),
            messages(wire, f"{address}/ws?a=hidden", params=params, headers=headers),
        ):
            with pytest.raises(RefusedError) as caught:
                await ask
            text = str(caught.value)
            assert f"answered {status}" in text and "is wrong" in text
            assert not any(
                word in text for word in (TOKEN, "user-key-77", "hidden", "?")
            )
            assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (Answer(404), FeedError, "answered 404"),
        (Answer(302, b"", {"Location": "/b"}), FeedError, "leads elsewhere"),
        (Answer(429, b"", {"Retry-After": "7"}), OSError, "again in 7 s"),
        (Answer(503), OSError, "answered 503"),
        (Answer(200, b"x" * 5000, cut=True), OSError, "/chain: "),
        (Answer(200, b"x" * 20_000), FeedError, "too large"),
    ],
    ids=["missing", "redirected", "too often", "down", "half", "too large"],
)
async def test_each_failure_is_of_a_kind(
    answer: Answer, kind: type[Exception], says: str
) -> None:
    server = FeedServer(answers={"/chain": [answer]})
    async with (
        server.running() as address,
        LiveWire(limits=Limits(body=10_000)) as wire,
    ):
        with pytest.raises(kind, match=says) as caught:
            await wire.get(f"{address}/chain", params={"key": TOKEN})
    assert TOKEN not in str(caught.value)
    assert not isinstance(caught.value, RefusedError)


async def test_an_answer_that_does_not_come_is_an_os_error() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with LiveWire(limits=Limits(answer=0.2)) as wire:
        with pytest.raises(OSError, match="no answer in time"):
            await wire.get(f"http://127.0.0.1:{port}/")
        with pytest.raises(OSError, match="no answer in time"):
            await messages(wire, f"ws://127.0.0.1:{port}/")
    server.close()
    async with LiveWire() as wire:
        with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
            await wire.get(f"http://127.0.0.1:{port}/?token={TOKEN}")


async def test_a_message_that_is_too_large_is_refused() -> None:
    server = FeedServer({"/ws": [[send(b"x" * 5000), silence()]]})
    async with (
        server.running() as address,
        LiveWire(limits=Limits(message=1000)) as wire,
    ):
        with pytest.raises(FeedError, match="too large"):
            await messages(wire, f"{address}/ws")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ws://example.com/ws?token=abcdef", "not encrypted"),
        ("https://user:word@example.com/", "leave the user's name out"),
        ("file:///etc/passwd", "write https"),
        ("https://[::1", "write https"),
    ],
)
async def test_an_address_that_no_secret_may_go_to(url: str, says: str) -> None:
    async with LiveWire() as wire:
        with pytest.raises(FeedError, match=says) as caught:
            await wire.get(url)
    assert "abcdef" not in str(caught.value) and "word@" not in str(caught.value)


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    pair = [str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    made += ["-subj", "/CN=127.0.0.1", "-keyout", pair[0], "-out", pair[1]]
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair[1], pair[0])
    server = FeedServer(answers={"/": [Answer()]})
    async with server.running(context) as address, LiveWire() as wire:
        with pytest.raises(OSError, match="certificate cannot be verified"):
            await wire.get(f"{address}/?token={TOKEN}")
    assert server.heard == []


async def test_a_token_that_dies_is_refused_from_then_on() -> None:
    server = FeedServer({"/ws": [[send(b"x")]]})
    server.tokens = {TOKEN}
    async with server.running() as address, LiveWire() as wire:
        async with wire.socket(f"{address}/ws", params={"token": TOKEN}) as socket:
            with pytest.raises(OSError, match="1008"):
                async for _ in socket:
                    await server.revoke(TOKEN)
        with pytest.raises(RefusedError, match="unknown, or over"):
            await messages(wire, f"{address}/ws", params={"token": TOKEN})
