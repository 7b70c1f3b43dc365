"""`make demo FEED=deribit`: without a network, and on a recording of its source."""

import json
import re
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pgstrike.jobs.live.feeds.deribit import URL, make
from pgstrike.jobs.live.plugin import Asked, Frame, Socket, Wire
from pgstrike.jobs.live.recording_wire import RecordingWire
from pgstrike.jobs.live.wire import LiveWire
from tests.support.demos import PATIENCE, left_behind, start_demo
from tests.support.deribit import (
    FORWARD,
    INDEX,
    LIVE_NAMES,
    STRIKES,
    deribit_server,
    exchange,
    frame,
    ticker,
)
from tests.support.feed_acts import close, hear, replies, send
from tests.support.feed_server import clock
from tests.support.scheduled import wait_for

HOST = URL.removeprefix("wss://").partition("/")[0]
LAST = {"last_price": 0.0425, "open_interest": 77.7, "mark_iv": 61.5}
CALL = ("call_ltp", "call_oi", "call_volume", "call_iv", "call_delta")
FIGURES = ("underlying", *CALL)
PLAYED = "the feed has been played"


class RedirectedWire:
    """A wire on which the source's own address leads to a server of the test."""

    def __init__(self, wire: Wire, address: str) -> None:
        self.wire = wire
        self.address = address

    def _own(self, url: str) -> str:
        rest = url.partition(HOST)[2]
        scheme = "ws" if url.startswith("ws") else "http"
        return self.address.replace("http", scheme) + rest

    async def get(self, url: str, *, params: Mapping[str, str], **more: Any) -> Frame:
        return await self.wire.get(self._own(url), params=params)

    @asynccontextmanager
    async def socket(self, url: str, **more: Any) -> AsyncIterator[Socket]:
        async with self.wire.socket(self._own(url)) as socket:
            yield socket


@pytest.fixture
async def recording(tmp_path: Path) -> Path:
    """What Deribit's socket sends of a small market until it closes."""
    folder = tmp_path / "recording"
    newest = frame(ticker(LIVE_NAMES[0], clock()(), **LAST))
    script = [replies(exchange()), hear(2), send(newest), close()]
    server = deribit_server([script], LIVE_NAMES)
    feed = make(Asked("deribit", ["BTC"], {}, str))
    async with server.running() as address, LiveWire() as live:
        redirected: Any = RedirectedWire(live, address)
        async with RecordingWire(redirected, folder / "deribit") as wire:
            # As `pgstrike feed test` would, the demo looks at its first message.
            contracts = await feed.contracts(wire)
            async for _ in feed.updates(wire, contracts):
                pass
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    return folder


def test_recording_ends_with_exact_figures_in_the_chain(
    demo_home: Path, recording: Path
) -> None:
    demo = start_demo(demo_home, "--feed", "deribit", "--replay", str(recording))
    try:
        assert demo.stdout is not None
        said = ""
        while PLAYED not in said:
            line = demo.stdout.readline()
            assert line, demo.communicate()[1]
            said += line
        found = re.search(r"Bearer (\S+)' '(http://[^/]+)/.*symbol=BTC", said)
        assert found, said
        key, address = found.groups()
        call = wait_for(lambda: newest_call(address, key))
        assert "6 contracts of BTC" in said
        assert call == {
            "underlying": INDEX,
            "call_ltp": 0.0425 * FORWARD,
            "call_oi": 777,  # in units of 0.1
            "call_volume": 32,
            "call_iv": 0.615,
            "call_delta": 0.5,
        }
    finally:
        demo.terminate()
        _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert "Traceback" not in err
    assert list(demo_home.iterdir()) == []
    assert left_behind(demo_home) == []


def newest_call(address: str, key: str) -> dict[str, Any] | None:
    """Of the lowest strike, once the whole chain is there with the last message."""
    request = urllib.request.Request(
        f"{address}/v1/chain?symbol=BTC", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request) as answer:
        body = json.load(answer)
    rows = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
    if [row["strike"] for row in rows] != [*STRIKES] or rows[0]["call_oi"] != 777:
        return None
    return {name: rows[0][name] for name in FIGURES}


def test_without_a_network_it_says_so_in_one_line(demo_home: Path) -> None:
    demo = start_demo(demo_home, "--feed", "deribit", "--duration", "1")
    out, err = demo.communicate(timeout=PATIENCE)
    if "contracts of BTC" in out:
        pytest.skip("there is a network")
    assert demo.returncode == 1
    [line] = err.splitlines()
    assert line.startswith("pgstrike: Deribit cannot be reached (deribit: ")
    assert list(demo_home.iterdir()) == []


def test_a_recording_goes_with_the_live_feed(demo_home: Path, tmp_path: Path) -> None:
    demo = start_demo(demo_home, "--replay", str(tmp_path))
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1
    assert err == "pgstrike: --replay goes with --feed deribit\n"
