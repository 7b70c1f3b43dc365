"""What is recorded is played again, also after a kill, and has no secrets."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import Frame, RefusedError, Wire
from pgstrike.jobs.live.recording import (
    ENDING,
    Record,
    RecordingOver,
    Writer,
    open_file,
)
from pgstrike.jobs.live.recording_wire import RecordingWire
from pgstrike.jobs.live.replay_wire import ReplayWire
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wire import LiveWire
from tests.support.feed_acts import close, cut, refuse, send
from tests.support.feed_server import Answer, FeedServer

TOKEN = "abcdef0123456789"


async def messages(wire: Wire, url: str) -> list[Frame]:
    async with wire.socket(url, params={"token": TOKEN}) as socket:
        await socket.send(f"log in with {TOKEN}")
        return [frame async for frame in socket]


@asynccontextmanager
async def recording(
    server: FeedServer, folder: Path, secrets: Secrets
) -> AsyncIterator[tuple[str, Wire]]:
    """A server's address, and a wire to it that records."""
    async with (
        server.running() as address,
        LiveWire(secrets.hide) as live,
        RecordingWire(live, folder, secrets.hide_bytes) as wire,
    ):
        yield address, wire


async def test_the_same_calls_get_the_same_frames(tmp_path: Path) -> None:
    server = FeedServer(
        {"/ws": [[send(b"\0one", "two"), close()], [send(b"three"), close()]]},
        {"/a": [Answer(body=b"1"), Answer(body=b"2")], "/b": [Answer(body=b"3")]},
    )

    async def calls(wire: Wire, address: str) -> list[Frame]:
        async def source() -> AsyncIterator[bytes]:
            yield b"queue"

        return [
            await wire.get(f"{address}/a?key={TOKEN}", headers={"K": TOKEN}),
            *await messages(wire, f"{address}/ws"),
            await wire.post(f"{address}/b", b"body"),
            await wire.get(f"{address}/a", params={"key": TOKEN}),
            *await messages(wire, f"{address}/ws"),
            *[frame async for frame in wire.through("redis", source())],
        ]

    secrets = Secrets({"KEY": TOKEN})
    secrets("KEY")
    async with recording(server, tmp_path, secrets) as (address, wire):
        expected = await calls(wire, address)
    replay = ReplayWire(tmp_path)
    assert await calls(replay, address) == expected
    assert [frame.data for frame in expected] == [
        *(b"1", b"\0one", b"two", b"3", b"2", b"three", b"queue"),
    ]
    assert len(files_of(tmp_path)) == 5
    for again in (replay.get(f"{address}/a"), messages(replay, f"{address}/ws")):
        with pytest.raises(RecordingOver, match="no more of"):
            await again


async def test_failures_are_played_too(tmp_path: Path) -> None:
    server = FeedServer(
        {"/ws": [[send(b"x"), cut()], refuse(403, f"{TOKEN} is over")]},
        {"/a": [Answer(404), Answer(503)]},
    )

    async def faults(wire: Wire, address: str) -> list[tuple[type, str]]:
        found = []
        for call in (
            lambda: messages(wire, f"{address}/ws"),
            lambda: messages(wire, f"{address}/ws"),
            lambda: wire.get(f"{address}/a"),
            lambda: wire.get(f"{address}/a"),
        ):
            with pytest.raises((OSError, FeedError)) as caught:
                await call()
            found += [(type(caught.value), str(caught.value))]
        return found

    async with recording(server, tmp_path, Secrets({})) as (address, wire):
        expected = await faults(wire, address)
    assert [kind for kind, _ in expected] == [
        *(ConnectionError, RefusedError, FeedError, ConnectionError)
    ]
    assert await faults(ReplayWire(tmp_path), address) == expected


async def test_no_secret_is_in_a_file_or_its_name(tmp_path: Path) -> None:
    body = f'{{"url": "wss://x/?code={TOKEN}"}}'.encode()
    server = FeedServer({"/ws": [[send(body), close()]]}, {"/a": [Answer(body=body)]})
    secrets = Secrets({"KEY": TOKEN})
    secrets("KEY")
    async with recording(server, tmp_path, secrets) as (address, wire):
        answer = await wire.get(f"{address}/a?token={TOKEN}")
        assert answer.data == body
        await messages(wire, f"{address}/ws?token={TOKEN}")
    files = files_of(tmp_path)
    assert len(files) == 2
    for path in files:
        channel, records = open_file(path)
        [record] = records
        assert TOKEN not in channel + path.name and "?" not in channel
        assert record.data == body.replace(TOKEN.encode(), b"*" * len(TOKEN))


async def test_answers_are_played_in_the_order_of_their_calls(tmp_path: Path) -> None:
    class Slow:
        async def get(self, url: str, **_: object) -> Frame:
            await asyncio.sleep(0.05 if url.endswith("first") else 0)
            return Frame(1, url[-5:].encode())

    async def both(wire: Wire) -> list[bytes]:
        asked = (wire.get("http://x/?first"), wire.get("http://x/?other"))
        return [frame.data for frame in await asyncio.gather(*asked)]

    async with RecordingWire(Slow(), tmp_path) as wire:  # type: ignore[arg-type]
        assert await both(wire) == [b"first", b"other"]
    assert await both(ReplayWire(tmp_path)) == [b"first", b"other"]


KILLED = """
import asyncio, sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path
from pgstrike.jobs.live.recording import Record, Writer
async def main():
    writer = Writer(Path(sys.argv[1]), "through killed")
    for number in range(10):
        writer.add(Record(0, 0, number, b"%d" % number * 50))
    while writer._timer:
        await asyncio.sleep(0.05)
    for number in range(10, 20):
        writer.add(Record(0, 0, number, b"%d" % number * 50))
    print("written", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_kill_costs_at_most_the_last_second(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"written\n"
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    [path] = files_of(tmp_path)
    found = [record.read_at for record in open_file(path)[1]]
    assert len(found) >= 10 and found == [*range(len(found))]


async def test_half_a_last_record_is_ignored(tmp_path: Path) -> None:
    expected = [f"message {number}".encode() * 20 for number in range(50)]
    writer = Writer(tmp_path, "through x")
    for number, data in enumerate(expected):
        writer.add(Record(0, 0, number, data))
        writer.flush()
    writer.close()
    [path] = files_of(tmp_path)
    whole = path.read_bytes()
    for length in range(60, len(whole), 97):
        path.write_bytes(whole[:length])
        found = [record.data for record in open_file(path)[1]]
        assert found == expected[: len(found)] and len(found) < 50
    path.write_bytes(whole)
    assert [record.data for record in open_file(path)[1]] == expected


async def test_a_replay_keeps_the_pace_that_is_asked_for(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "through x")
    for second in range(3):
        writer.add(Record(0, 0, second * 1_000_000, b"x"))
    writer.close()

    async def lasts(speed: float) -> float:
        began = asyncio.get_running_loop().time()
        wire = ReplayWire(tmp_path, speed)
        frames = [frame async for frame in wire.through("x", nothing())]
        assert len(frames) == 3
        return asyncio.get_running_loop().time() - began

    slow = await lasts(10)
    assert slow >= 0.2 and await lasts(0) < slow


async def test_a_folder_that_is_no_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="has no recording"):
        ReplayWire(tmp_path)
    (tmp_path / f"1-x{ENDING}").write_bytes(b"nonsense")
    with pytest.raises(FeedError, match="damaged"):
        ReplayWire(tmp_path)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
async def test_a_full_disk_stops_the_recording_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(tmp_path, "through x")
    writer._file.close()
    writer._file = FileIO("/dev/full", "w")
    for _ in range(2):
        writer.add(Record(0, 0, 1, b"x"))
        writer.flush()
    writer.close()
    assert [each.message for each in caplog.records] == [
        "recording stops: /dev/full: No space left on device"
    ]


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def nothing() -> AsyncIterator[bytes]:
    raise AssertionError("a replay asked the source")
    yield b""
