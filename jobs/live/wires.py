"""Which wire a feed gets: a live one, one that also records, or a recording."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pgstrike.jobs.live.secrets import Secrets
from pgstrike.jobs.loading import LOADING

if TYPE_CHECKING:
    from pgstrike.jobs.live.plugin import Wire

# Of a feed's name: a wire for one connection.
OpenWire: TypeAlias = "Callable[[str], AbstractAsyncContextManager[Wire]]"


def live_wires(secrets: Secrets, record: Path | None = None) -> OpenWire:
    """Wires to the sources. What comes over them is kept in a folder per feed."""

    @asynccontextmanager
    async def open_wire(name: str) -> AsyncIterator["Wire"]:
        # Here: aiohttp takes long to load, and most processes drive no feed.
        with LOADING:
            from pgstrike.jobs.live.recording_wire import RecordingWire
            from pgstrike.jobs.live.wire import LiveWire
        async with LiveWire(secrets.hide) as live:
            if record is None:
                yield live
            else:
                folder = record / name
                async with RecordingWire(live, folder, secrets.hide_bytes) as wire:
                    yield wire

    return open_wire


def replay_wires(folder: Path, speed: float = 0.0) -> OpenWire:
    """Wires that play a recording: a feed's next connection goes on where the last ended.

    FeedError where nothing of that feed was recorded; RecordingOver where a connection has
    asked for nothing that was.
    """
    with LOADING:
        from pgstrike.jobs.live.recording import RecordingOver
        from pgstrike.jobs.live.replay_wire import ReplayWire
    playing: dict[str, ReplayWire] = {}
    asked: dict[str, int] = {}

    @asynccontextmanager
    async def open_wire(name: str) -> AsyncIterator["Wire"]:
        if name not in playing:
            playing[name] = ReplayWire(folder / name, speed)
        elif asked[name] == playing[name].asked:
            raise RecordingOver(f"{name} asks for nothing that is in its recording")
        asked[name] = playing[name].asked
        yield playing[name]

    return open_wire
