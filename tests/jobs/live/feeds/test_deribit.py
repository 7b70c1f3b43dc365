"""The feed of Deribit, and its talk with a server."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.deribit import KINDS
from pgstrike.jobs.live.feeds.deribit import CHANNELS, make
from pgstrike.jobs.live.plugin import Asked, Contract, Feed, Updates, Wire
from pgstrike.jobs.live.recording_wire import RecordingWire
from pgstrike.jobs.live.replay_wire import ReplayWire
from pgstrike.jobs.live.wire import LiveWire
from tests.support.deribit import (
    NAMES,
    SOCKET,
    deribit_server,
    exchange,
    frame,
    heartbeat,
    ticker,
)
from tests.support.feed_acts import close, hear, replies, send
from tests.support.feed_server import FeedServer


def asked(url: str, *symbols: str) -> Feed:
    def no_secret(name: str) -> str:
        raise AssertionError(f"asked for {name}")

    return make(Asked("deribit", symbols or ("BTC",), {"url": url}, no_secret))


@asynccontextmanager
async def connected(server: FeedServer) -> AsyncIterator[tuple[Feed, Wire]]:
    async with server.running() as address, LiveWire() as wire:
        yield asked(address.replace("http", "ws") + SOCKET), wire


async def take(
    feed: Feed,
    wire: Wire,
    enough: Callable[[list[Updates]], bool] = lambda _: False,
    contracts: Sequence[Contract] | None = None,
) -> list[Updates]:
    """What the feed yields until it is enough, or it ends."""
    found: list[Updates] = []
    listed = await feed.contracts(wire) if contracts is None else contracts
    async for each in feed.updates(wire, listed):
        assert isinstance(each, Updates)
        found.append(each)
        if enough(found):
            break
    return found


async def test_a_cold_start_then_tickers_of_every_contract() -> None:
    names = [f"BTC-24SEP21-{strike}-C" for strike in range(1, CHANNELS + 51)]
    server = deribit_server(names=names)
    async with connected(server) as (feed, wire):
        assert feed.kinds == KINDS and not feed.is_whole
        found = await take(feed, wire, lambda all: len(all) == 1 + len(names))
    assert len(found[0].rows) == len(names)
    assert [int(each.rows["contract"][0]) for each in found[1:]] == [*range(len(names))]
    assert [*server.heard[0].query.values()] == ["BTC", "option"]
    bodies = [json.loads(each.body) for each in server.heard if each.body]
    assert bodies[0]["method"] == "public/set_heartbeat"
    batches = [len(body["params"]["channels"]) for body in bodies[1:]]
    assert batches == [CHANNELS, 51]  # and one channel tells of new listings
    assert server.most_open == 1


async def test_a_test_request_is_answered() -> None:
    script = [hear(2), send(heartbeat()), hear(1, "public/test"), close()]
    server = deribit_server([script])
    async with connected(server) as (feed, wire):
        await take(feed, wire)
    assert "public/test" in str(server.heard[-1].body)


async def test_a_new_listing_ends_the_connection() -> None:
    listed = {"state": "started", "instrument_name": "BTC-31DEC21-9000-P"}
    known = {"state": "started", "instrument_name": NAMES[0]}
    other = {"state": "started", "instrument_name": "ETH-31DEC21-9000-P"}
    created = {**listed, "state": "created"}
    told = (known, other, created, listed)
    states = [frame(each, "instrument.state") for each in told]
    server = deribit_server([[send(*states), hear(9)]])
    async with connected(server) as (feed, wire):
        found = await take(feed, wire)
    assert len(found) == 4  # the summary, and three that say nothing new
    assert server.connections == 1


async def test_bad_messages_stop_nothing() -> None:
    good = frame(ticker(NAMES[0]))
    script = [send("{", b"\xff\x00", '{"x": 1}', good), close()]
    async with connected(deribit_server([script])) as (feed, wire):
        found = await take(feed, wire)
    assert [(len(each.rows), len(each.rejects)) for each in found] == [
        *((len(NAMES), 0), (0, 1), (0, 1), (1, 0))
    ]


async def test_an_error_of_the_source_is_told_in_its_words() -> None:
    error = {"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}}
    server = deribit_server([[send(json.dumps(error)), hear(9)]])
    async with connected(server) as (feed, wire):
        with pytest.raises(FeedError, match="error 10028: too_many_requests"):
            await take(feed, wire)


async def test_a_clock_that_is_off_does_not_move_the_time_of_reading() -> None:
    server = deribit_server([[replies(exchange(off_by=-30.0))]])
    async with connected(server) as (feed, wire):
        *_, last = await take(feed, wire, lambda all: len(all) == 2)
    late = last.read_at - int(last.rows["exchange_time"][0])
    assert 30_000_000 <= late < 60_000_000


async def test_a_recording_is_the_same_without_the_source(tmp_path: Path) -> None:
    script = [replies(exchange()), hear(2), send(frame(ticker(NAMES[3]))), close()]
    server = deribit_server([script])
    async with connected(server) as (feed, live), RecordingWire(live, tmp_path) as wire:
        expected = await take(feed, wire)
    again = await take(feed, ReplayWire(tmp_path))
    assert [each.read_at for each in again] == [each.read_at for each in expected]
    assert len(again) == len(expected) == 2 + len(NAMES)
    for one, other in zip(again, expected, strict=True):
        assert one.rows.tobytes() == other.rows.tobytes()


async def test_what_cannot_be_asked_for_is_said() -> None:
    with pytest.raises(FeedError, match="no option speed"):
        make(Asked("d", ["BTC"], {"speed": "1"}, str))
    with pytest.raises(FeedError, match="needs a symbol"):
        make(Asked("d", [], {}, str))
    async with connected(deribit_server()) as (feed, wire):
        other = asked(feed._url, "DOGE")  # type: ignore[attr-defined]
        with pytest.raises(FeedError, match="lists no options of DOGE"):
            await other.contracts(wire)
