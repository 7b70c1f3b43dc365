"""A panel of two servers, without them: who lags, who is ahead, and what is read again."""

import json
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.updates import Update
from pgstrike.api.events.event import Event, Position, make_event
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.events.log import EventLog
from pgstrike.api.events.merged import MergedHub, Part
from pgstrike.api.streams.allowance import Allowance
from pgstrike.api.streams.broadcast import FRESH
from pgstrike.api.streams.merged_panel import LOOKS, RESUMED, MergedPanel
from pgstrike.api.streams.panel_piece import Source
from pgstrike.api.streams.throttle import Haste, Throttle
from pgstrike.api.wire.frames import Burst
from tests.support.panels import panel_of
from tests.support.sse_reader import Dispatched, Parser

COLUMNS = ["strike", "call_ltp"]
EXPIRY = "2025-09-02"
SYMBOLS = {"home": "A", "bank": "B"}


class Reader:
    """Stands for a connection, of which a broadcast knows what it has seen alone."""

    def __init__(self, seen: int) -> None:
        self.seen = seen


class Shown:
    """A panel of both, and what moves the markets."""

    def __init__(self, topics: list[str]) -> None:
        self.hub = MergedHub([*SYMBOLS], "shards0")
        self.markets: dict[str, Market] = {}
        self.ids = dict.fromkeys(SYMBOLS, 0)
        for name, symbol in SYMBOLS.items():
            own = Hub()
            own.start(Position(name, 0), "other_epoch")
            self.hub.join(Part(name, own, Mock(spec=EventLog), lambda _: True))
            market = self.markets[name] = Market("live", COLUMNS, Position(name, 0))
            market.hold(symbol, self.read(symbol, 0), 0)
            own.takers[market] = None
        sources = [
            Source(name, market, (SYMBOLS[name],))
            for name, market in self.markets.items()
        ]
        panel = panel_of("A", ["call_ltp"], topics=topics)
        self.panel = MergedPanel(
            panel,
            sources,
            self.hub,
            None,
            Haste(Allowance(1, 1e9), Throttle(0)),
            Bounds(100, 1_000_000),
            Mock(),
        )

    def read(self, symbol: str, price: float) -> Read:
        update = Update(
            symbol, EXPIRY, "09:15", quote_time="09:15", underlying=100, strike_gap=10,
            columns=COLUMNS, rows=[[100, price]],
        )  # fmt: skip
        return Read(0, {symbol: [update]})

    def quote(self, name: str, price: float, clock: str = "09:15") -> None:
        body = {
            "symbol": SYMBOLS[name], "expiry": EXPIRY, "clock": clock,
            "quote_time": "09:15", "underlying": 100, "strike_gap": 10,
            "columns": COLUMNS, "rows": [[100, price]],
        }  # fmt: skip
        self.feed(name, "chain", body)

    def task(self, name: str) -> None:
        self.feed(name, "task", {"n": self.ids[name] + 1})

    def feed(self, name: str, topic: str, body: dict[str, Any]) -> None:
        self.ids[name] += 1
        at, text = Position(name, self.ids[name]), json.dumps(body)
        event: Event = make_event(at, topic, body.get("symbol"), None, text, body)
        assert self.hub.parts[name].hub.feed(event)

    def restart(self, name: str) -> None:
        self.ids[name] = 0
        self.hub.parts[name].hub.start(Position(f"{name}2", 0), "rewound")

    def hold(self, name: str, price: float) -> None:
        symbol = SYMBOLS[name]
        self.markets[name].hold(symbol, self.read(symbol, price), self.ids[name])

    def told(self, reader: Reader) -> list[Dispatched]:
        """What a reader is sent now."""
        found: list[Dispatched] = []
        while burst := self.pending(reader):
            parser = Parser()
            found += parser.feed(burst.plain)
            reader.seen = burst.upto
        return found

    def pending(self, reader: Reader) -> Burst | None:
        return self.panel.pending(reader.seen)


@pytest.fixture
def shown() -> Shown:
    return Shown(["task"])


def kinds(events: list[Dispatched]) -> list[str]:
    return [event.type for event in events]


def prices(event: Dispatched) -> dict[str, float]:
    return {
        chain["symbol"]: chain["rows"][0]["call_ltp"]
        for chain in json.loads(event.data)["chains"]
    }


def test_reader_that_lags_is_told_all_at_once(shown: Shown) -> None:
    slow, quick = Reader(FRESH), Reader(FRESH)
    [first] = shown.told(slow)
    assert first.type == "snapshot" and prices(first) == {"A": 0, "B": 0}
    assert first.last_id == "home:0,bank:0,shards0:0"
    shown.panel.readers.add(slow)  # type: ignore[arg-type]
    for number in range(1, 2 * LOOKS):
        shown.quote("home", number)
        shown.told(quick)
    shown.quote("bank", 7)
    [change] = shown.told(slow)
    assert change.type == "chain" and prices(change) == {"A": 2 * LOOKS - 1, "B": 7}
    assert shown.told(slow) == []


def test_reader_comes_back_with_a_position_of_each(shown: Shown) -> None:
    for name in SYMBOLS:
        shown.quote(name, 1)
        shown.task(name)
    had = {"home": Position("home", 2), "bank": Position("bank", 1)}
    reader = Reader(shown.panel.admit(had, ()))
    shown.quote("home", 3)
    events = shown.told(reader)
    assert kinds(events) == ["chain", "task"]
    assert json.loads(next(e for e in events if e.type == "task").data)["n"] == 2
    assert events[-1].last_id == "home:3,bank:2,shards0:0"
    had = {"home": Position("home", 3), "bank": Position("bank", 2)}
    newest = Reader(shown.panel.admit(had, ()))
    assert shown.told(newest) == []
    assert newest.seen < RESUMED  # so it gets heartbeats


def test_state_comes_where_there_is_an_id_for_it(shown: Shown) -> None:
    """Or it would have an id that the reader has, and be left out."""
    reader = Reader(FRESH)
    shown.told(reader)
    shown.task("home")
    shown.quote("home", 1)
    events = shown.told(reader)
    assert [(each.type, each.last_id) for each in events] == [
        ("task", "home:1,bank:0,shards0:0"),
        ("chain", "home:2,bank:0,shards0:0"),
    ]


def test_reader_that_is_ahead_waits(shown: Shown) -> None:
    had = {"home": Position("home", 3), "bank": Position("bank", 0)}
    reader = Reader(shown.panel.admit(had, ()))
    for number in (1, 2, 3):
        assert shown.told(reader) == []
        assert shown.panel.heartbeat().upto < reader.seen  # so it gets none
        shown.quote("home", number)
    shown.quote("home", 4)
    [change] = shown.told(reader)
    assert prices(change) == {"A": 4}


def test_one_server_is_read_again_while_the_other_goes_on(shown: Shown) -> None:
    reader, late = Reader(FRESH), Reader(FRESH)
    shown.told(reader)
    shown.quote("bank", 5, clock="09:16")
    [change] = shown.told(reader)
    shown.quote("bank", 6, clock="09:17")
    shown.restart("bank")
    shown.quote("home", 1)
    shown.task("home")
    events = shown.told(reader)
    assert kinds(events)[-1] == "task" and "reset" not in kinds(events)
    assert events[-1].last_id == "home:2,bank:1,shards0:0"
    stranger = Reader(shown.panel.admit({}, ()))
    for other in (late, stranger):
        assert shown.told(other) == []  # a state without a part of it would look whole
    assert json.loads(events[-2].data)["clock"] >= json.loads(change.data)["clock"]
    shown.hold("bank", 9)
    reset, state = shown.told(reader)
    body = json.loads(reset.data)
    assert (body["reason"], body["server"]) == ("rewound", "bank")
    assert reset.last_id == ""  # a reader that is cut here still needs the state
    assert prices(state) == {"A": 1, "B": 9}
    assert state.last_id == "home:2,bank2:0,shards0:0"
    [state] = shown.told(late)
    assert prices(state) == {"A": 1, "B": 9}


def test_heartbeat_moves_readers_in_step(shown: Shown) -> None:
    reader = Reader(FRESH)
    shown.told(reader)
    shown.feed("bank", "metrics", {"symbol": "Z"})  # nothing of this panel
    burst = shown.panel.heartbeat()
    assert b"id: home:0,bank:1,shards0:0" in burst.plain
    assert reader.seen <= burst.upto and shown.pending(reader) is None


def test_events_that_are_no_longer_kept_are_a_reset(shown: Shown) -> None:
    reader = Reader(FRESH)
    shown.told(reader)
    shown.panel.readers.add(reader)  # type: ignore[arg-type]
    shown.restart("home")
    shown.hold("home", 1)
    shown.told(reader)
    for _ in range(101):
        shown.task("bank")
    events = shown.told(reader)
    assert kinds(events) == ["reset", "snapshot"]
    assert json.loads(events[0].data)["server"] == "bank"


def test_reset_is_of_the_reason() -> None:
    shown = Shown([])
    had = {"home": Position("home", 9), "bank": Position("elsewhere", 1)}
    reader = Reader(shown.panel.admit(had, {"home"}))
    events = shown.told(reader)
    assert kinds(events) == ["reset", "reset", "snapshot"]
    reasons = [json.loads(event.data)["reason"] for event in events[:2]]
    assert reasons == ["ahead", "other_epoch"]
