"""api.streams.panel against a model that keeps the whole state of every event."""

import contextlib
import json
import math
import random
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.updates import parse_update
from pgstrike.api.events.event import Position, Reset, make_event
from pgstrike.api.events.hub import Bounds
from pgstrike.api.streams.allowance import Allowance
from pgstrike.api.streams.broadcast import FRESH, RESTARTED
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.subscription import Panel
from pgstrike.api.streams.throttle import Haste
from tests.support.fakes import FakeReader
from tests.support.panel_reader import Held
from tests.support.panel_script import (
    Script,
    make_market,
    make_panel,
    shown,
)
from tests.support.panels import panel_of
from tests.support.sse_reader import Parser


class Watcher:
    """A reader of the feed, and what it holds."""

    def __init__(self, feed: PanelBroadcast, held: Held | None = None) -> None:
        self.feed = feed
        self.held = held or Held()
        self.reader = FakeReader(FRESH if held is None else held.id)
        self.parser = Parser()
        self.types: list[str] = []

    def read(self) -> list[int]:
        """Take what is pending; the ids of the frames."""
        ids = []
        while burst := self.feed.pending(self.reader.seen):
            self.reader.write(burst)
            if burst.is_last:
                break
        for event in self.parser.feed(self.reader.written):
            self.held.apply(event)
            self.types.append(event.type)
            ids.append(self.held.id)
        self.reader.written = b""
        if self.parser.last_id:
            self.held.id = int(self.parser.last_id.rpartition(":")[2])
        return ids


def make_feed(
    market: Market, panel: Panel, pace: Any = None, allowance: Allowance | None = None
) -> PanelBroadcast:
    haste = Haste(allowance or Allowance(most=math.inf), Mock())
    return PanelBroadcast(panel, market, pace, haste, Bounds(1000, 10**6), Mock())


class Some(Allowance):
    """Left half of the time."""

    def __init__(self) -> None:
        self.chance = random.Random(1)

    def is_left(self) -> bool:
        return self.chance.random() < 0.5

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("topics", [(), ("task",)])
def test_prompt_reader_holds_every_state(seed: int, topics: tuple[str, ...]) -> None:
    """Each event is a frame, and holds what the model says as of its id."""
    chance = random.Random(seed)
    script, market, panel = Script(chance), make_market(), make_panel(chance, *topics)
    feed = make_feed(market, panel)
    watcher = Watcher(feed)
    for _ in range(150):
        mark = feed.mark()
        watcher.read()
        feed.passed(mark)
        held = watcher.held
        assert held.rows == shown(panel, script.state)
        assert held.clock == script.clocks[held.id]
        for key, chain in ((key, script.state[key[1]]) for key in held.rows):
            assert held.quote_times[key] == chain["quote_time"]
            assert held.underlyings[key] == chain["underlying"]
        market.take(script.event())
    tasks = [body["n"] for body in watcher.held.others]
    assert tasks == sorted(set(tasks))
    assert watcher.types.count("snapshot") == 1


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("topics", [(), ("task",)])
@pytest.mark.parametrize(
    ("pace", "allowance"),
    [(Mock(), None), (None, Some()), (Mock(), Some())],
)
def test_lagging_and_resuming_readers_end_right(
    seed: int, topics: tuple[str, ...], pace: Any, allowance: Any
) -> None:
    """Whoever reads, and comes back, whenever it likes: told once, and in order."""
    chance = random.Random(seed)
    script, market, panel = Script(chance), make_market(), make_panel(chance, *topics)
    feed = make_feed(market, panel, pace, allowance)
    watchers = [Watcher(feed) for _ in range(4)]
    for number in range(300):
        if chance.random() < 0.3:
            feed.flush()
            place = chance.randrange(len(watchers))
            watchers[place].read()
            assert watchers[place].held.rows == shown(panel, script.state)
            if chance.random() < 0.3:
                watchers[place] = Watcher(feed, watchers[place].held)
            if chance.random() < 0.3:
                feed.passed(feed.mark())
        if number < 299:
            market.take(script.event())
    feed.flush()
    for watcher in watchers:
        watcher.read()
        assert watcher.held.rows == shown(panel, script.state)
        assert watcher.held.snapshots <= 1
        tasks = [body["n"] for body in watcher.held.others]
        assert tasks == sorted(set(tasks))


def test_intervals_are_kept() -> None:
    script, market, pace = Script(random.Random(1)), make_market(), Mock()
    feed = make_feed(market, make_panel(random.Random(1)), pace)
    watcher = Watcher(feed)
    watcher.read()
    for _ in range(20):
        market.take(script.event())
    assert watcher.read() == []
    assert pace.want.call_count == 1
    feed.flush()
    assert len(watcher.read()) == 1
    assert watcher.held.id == 20


def test_restart_tells_a_reset_and_the_state() -> None:
    chance = random.Random(3)
    script, market = Script(chance), make_market()
    feed = make_feed(market, panel_of("X", ["call_oi"], topics=["task"]))
    watcher = Watcher(feed)
    feed.readers.add(watcher.reader)
    for _ in range(10):
        market.take(script.event())
    watcher.read()
    market.restart(Reset("rewound", Position("e", 4)))
    assert watcher.reader.seen == RESTARTED
    assert watcher.read() == []  # until the chains have been read
    market.take(
        make_event(Position("e", 5), "task", None, None, '{"topic":"task","n":5}')
    )
    body = '{"symbol":"X","expiry":"2025-09-02","clock":"0009","quote_time":"0009",'
    body += '"columns":["strike","call_oi","put_oi","put_moneyness"],"rows":[[100,7,8,"x"]]}'
    market.hold("X", Read(0, {"X": [parse_update(json.loads(body))]}), 5)
    watcher.read()
    assert watcher.types[-3:] == ["reset", "snapshot", "task"]
    assert watcher.held.rows == {
        ("X", "2025-09-02"): {100: {"strike": 100, "call_oi": 7}}
    }
    assert watcher.held.id == 5


def test_heartbeat_moves_the_id_of_who_has_everything() -> None:
    market = make_market()
    panel = make_panel(random.Random(5))
    feed = make_feed(market, panel)
    watcher = Watcher(feed)
    watcher.read()
    for id in (1, 2, 3):
        market.take(make_event(Position("e", id), "ops", None, None, "{}"))
    beat = feed.heartbeat()
    assert (beat.upto, beat.plain) == (3, b": heartbeat\nid: e:3\n\n")
    watcher.reader.write(beat)
    assert feed.pending(3) is None
