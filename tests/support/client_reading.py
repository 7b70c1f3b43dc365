"""Both clients, run the same way: what they yield, and how they end."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pgstrike_client import Client, PgstrikeError, Timing
from tests.support.api_process import API_KEY

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("run_client.mjs")
PATIENCE = 60
KEY = "the-key"
QUICK = {
    "first_wait": 0.01,
    "longest_wait": 0.02,
    "longest_retry": 3600,
    "stall": 20,  # never, on a busy machine either
    "poll": 0.01,
    "try_stream": 60,
}
STALLS = {"stall": 0.4}
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node on this machine")


@dataclass
class Wish:
    """What a client is asked to read, and when it is to stop."""

    count: int = 1  # events, and then it leaves the loop
    is_panel: bool = False
    after: str | None = None
    with_snapshot: bool = False
    timing: Mapping[str, float] = field(default_factory=dict)  # besides QUICK
    max_frame_bytes: int = 2**20
    pause: float = 0  # seconds after each event
    change_after: int | None = None  # events, and then it asks for BANKNIFTY
    change_in: str | None = None  # the mode of a raw stream in which it asks for that
    stop_in: str | None = None  # cancel (or abort) once it is in this mode
    # Of the one in JavaScript alone:
    stop_late: bool = False  # not during the callback, but after it
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Found:
    """What a client made of it."""

    got: list[tuple[str, str]] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    error: tuple[str, str, str] | None = None  # class, code, message


Read: TypeAlias = Callable[[str, Wish], Awaitable[Found]]


async def read_in_python(url: str, wish: Wish) -> Found:
    found = Found()
    stop = asyncio.Event()

    def on_mode(mode: str) -> None:
        found.modes.append(mode)
        if mode == wish.stop_in:
            stop.set()

    reading = asyncio.create_task(follow(url, wish, found, on_mode))
    stopping = asyncio.create_task(stop.wait())
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([reading, stopping], return_when=asyncio.FIRST_COMPLETED)
        (reading if stop.is_set() else stopping).cancel()
        outcomes = await asyncio.gather(reading, stopping, return_exceptions=True)
    error = outcomes[0]
    if isinstance(error, PgstrikeError):
        found.error = (type(error).__name__, error.code, error.message)
    elif error is not None and not isinstance(error, asyncio.CancelledError):
        raise error
    return found


async def follow(
    url: str, wish: Wish, found: Found, on_mode: Callable[[str], None]
) -> None:
    timing = Timing(**{**QUICK, **wish.timing})
    async with Client(
        url, key=KEY, timing=timing, max_frame_bytes=wish.max_frame_bytes
    ) as client:
        if wish.is_panel:
            panels = client.panel(
                "NIFTY",
                on_mode=on_mode,
                on_event=lambda event: found.got.append((event.type, event.id)),
            )
            async for panel in panels:
                assert panel.event is not None
                found.got.append((panel.event.type, panel.event.id))
                if len(found.got) >= wish.count:
                    return
                if len(found.got) == wish.change_after:
                    await client.change_panel(panels, "BANKNIFTY")
        snapshot = (
            (lambda: client.metric("chain", symbol="NIFTY"))
            if wish.with_snapshot
            else None
        )
        changing: set[asyncio.Task[None]] = set()

        def change_in(mode: str) -> None:
            on_mode(mode)
            if mode == wish.change_in:
                change = client.change_stream(stream, symbol="BANKNIFTY")
                changing.add(asyncio.create_task(change))

        stream = client.stream(
            symbol="NIFTY", after=wish.after, snapshot=snapshot, on_mode=change_in
        )
        async for event in stream:
            found.got.append((event.type, event.id))
            if len(found.got) >= wish.count:
                return
            if len(found.got) == wish.change_after:
                await client.change_stream(stream, symbol="BANKNIFTY")
            await asyncio.sleep(wish.pause)


async def read_in_node(url: str, wish: Wish) -> Found:
    timing = {**QUICK, **wish.timing}
    given = {**asdict(wish), "url": url, "key": KEY, "timing": timing}
    printed = await node("read", given)
    error = printed["error"]
    got = [(type, id) for type, id in printed["got"]]
    return Found(got, printed["modes"], tuple(error) if error else None)


async def node(kind: str, given: Any) -> Any:
    """Run the script, and read the JSON that it prints."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, str(SCRIPT), kind, json.dumps(given), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return json.loads(printed)


both_clients = pytest.mark.parametrize(
    "read",
    [
        pytest.param(read_in_python, id="python"),
        pytest.param(read_in_node, id="js", marks=needs_node),
    ],
)


async def read_all(where: str, after: str, last: int) -> list[int]:
    """The ids that a client yields, however often it has to come back."""
    ids: list[int] = []
    key, timing = API_KEY["PGSTRIKE_API_KEY"], Timing(first_wait=0.05)
    async with Client(where, key=key, timing=timing) as client:
        async for event in client.stream(after=after):
            assert event.type == "ops"
            ids.append(int(event.id.partition(":")[2]))
            if ids[-1] >= last:
                return ids
    raise AssertionError
