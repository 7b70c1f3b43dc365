"""A feed's connections, recorded one after the other, and played so."""

from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.recording import RecordingOver
from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.live.wires import OpenWire, live_wires, replay_wires
from tests.support.feed_acts import close, send
from tests.support.feed_server import Answer, FeedServer


async def connection(wires: OpenWire, address: str) -> list[bytes]:
    async with wires("mine") as wire:
        listed = await wire.get(f"{address}/list")
        async with wire.socket(f"{address}/ws") as socket:
            return [listed.data, *[frame.data async for frame in socket]]


async def test_each_connection_is_played_in_its_turn(tmp_path: Path) -> None:
    server = FeedServer(
        {"/ws": [[send(b"a"), close()], [send(b"b"), close()]]},
        {"/list": [Answer(body=b"1"), Answer(body=b"2")]},
    )
    async with server.running() as address:
        recording = live_wires(Secrets({}), tmp_path)
        live = [await connection(recording, address) for _ in range(2)]
    assert live == [[b"1", b"a"], [b"2", b"b"]]
    playing = replay_wires(tmp_path)
    assert [await connection(playing, address) for _ in range(2)] == live
    with pytest.raises(RecordingOver):
        await connection(playing, address)


async def test_a_feed_without_a_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="other has no recording"):
        async with replay_wires(tmp_path)("other"):
            pass
