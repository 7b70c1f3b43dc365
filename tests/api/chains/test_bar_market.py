"""api/chains/bar_market.py: what follows a snapshot's announcement waits until it was read."""

import json
from unittest.mock import Mock

from pgstrike.api.chains.bar_market import BarMarket
from pgstrike.api.chains.market import Read
from pgstrike.api.chains.strike import Fields
from pgstrike.api.chains.updates import Update
from pgstrike.api.events.event import Event, Position, Reset, make_event

COLUMNS = ["strike", "call_close"]
FIRST = "2025-09-02"


def update(expiry: str, close: float) -> Update:
    return Update(
        "X", expiry, "09:15", quote_time="09:10", underlying=100, strike_gap=10,
        columns=COLUMNS, rows=[[100, close]],
    )  # fmt: skip


def read(version: int, *closes: float, symbol: str = "X") -> Read:
    expiries = (FIRST, "2025-09-09")
    pairs = zip(expiries, closes, strict=False)
    return Read(version, {symbol: [update(*pair) for pair in pairs]})


def snapshot(id: int, version: int) -> Event:
    body = json.dumps({"topic": "snapshot", "version": version})
    return make_event(Position("e", id), "snapshot", None, None, body)


def task(id: int) -> Event:
    return make_event(Position("e", id), "task", None, None, "{}")


def make_market(*closes: float) -> tuple[BarMarket, Mock]:
    market, shown = BarMarket("5min", COLUMNS, Position("e", 0)), Mock()
    market.hold("X", read(1, *closes), 0)
    market.add(shown, ["X"], passes=True)
    return market, shown


def closes(market: BarMarket) -> dict[str, list[object]]:
    chains = market.chains["X"].by_expiry
    return {
        expiry: [row.figures[1] for row in chain.rows]
        for expiry, chain in chains.items()
    }


def test_what_follows_waits_for_the_snapshot() -> None:
    market, shown = make_market(1.0)
    for event in (task(1), snapshot(2, 2), task(3)):
        market.take(event)
    assert (market.at, market.is_behind) == (1, True)
    assert shown.pass_on.call_count == 1
    assert market.renew(read(2, 7.0))
    assert (market.at, market.is_behind) == (3, False)
    assert closes(market) == {"2025-09-02": [7.0]}
    [row] = market.chains["X"].by_expiry["2025-09-02"].rows
    assert row.changed == [0, 2]  # as of the announcement, not of what followed
    assert [call[0] for call in shown.method_calls] == ["pass_on", "changed", "pass_on"]


def test_version_that_was_read_already_is_no_news() -> None:
    market, _ = make_market(1.0)
    for event in (snapshot(1, 2), snapshot(2, 3), snapshot(3, 4)):
        market.take(event)
    assert market.renew(read(3, 7.0))  # newer than what was announced
    assert (market.at, market.version, market.is_behind) == (2, 3, True)
    assert not market.renew(read(3, 7.0))
    assert market.renew(read(4, 8.0))
    assert (market.at, market.is_behind) == (3, False)


def test_read_without_a_symbol_is_not_enough() -> None:
    market, _ = make_market(1.0)
    market.take(snapshot(1, 2))
    market.hold("Y", Read(2, {"Y": []}), 0)
    assert not market.renew(read(2, 7.0))
    assert market.renew(Read(2, {**read(2, 7.0).updates, "Y": []}))


def test_chain_that_is_gone_is_dropped() -> None:
    market, _ = make_market(1.0, 2.0)
    market.take(snapshot(1, 2))
    assert market.renew(Read(2, {"X": [update("2025-09-09", 2.0)]}))
    assert closes(market) == {"2025-09-09": [2.0]}
    assert market.chains["X"].members(frozenset(), 0) == ["2025-09-02", "2025-09-09"]


def test_nobody_watches_nothing_is_read() -> None:
    market = BarMarket("5min", COLUMNS, Position("e", 0))
    market.take(snapshot(1, 2))
    assert (market.at, market.is_behind) == (1, False)


def test_restart_forgets_what_waits() -> None:
    market, shown = make_market(1.0)
    for event in (snapshot(1, 2), task(2)):
        market.take(event)
    market.restart(Reset("other_epoch", Position("f", 7)))
    assert (market.at, market.epoch, market.is_behind) == (7, "f", False)
    assert not market.is_ready(["X"])
    assert shown.restart.call_count == 1


def test_event_after_a_restart_is_passed_on_alone() -> None:
    market, shown = make_market(1.0)
    for event in (snapshot(1, 2), task(2)):
        market.take(event)
    market.restart(Reset("other_epoch", Position("f", 7)))
    market.take(after := task(8))
    shown.pass_on.assert_called_once_with(after)
    assert market.at == 8


def test_symbol_that_is_read_later_stands_where_the_others_do() -> None:
    market, _ = make_market(1.0)
    market.take(task(1))
    market.hold("Y", read(1, 7.0, symbol="Y"), 5)
    assert market.chains["Y"].by_expiry["2025-09-02"].born == 1


def test_strike_that_a_snapshot_lacks_is_gone() -> None:
    """It was delisted: bars of it come no more."""
    both = update("2025-09-02", 1.0)._replace(rows=[[100, 1.0], [110, 2.0]])
    market, fields = (
        BarMarket("5min", COLUMNS, Position("e", 0)),
        Fields(COLUMNS[1:], COLUMNS),
    )
    market.hold("X", Read(1, {"X": [both]}), 0)
    market.take(snapshot(1, 2))
    assert market.renew(read(2, 1.0))
    chain = market.chains["X"].by_expiry["2025-09-02"]
    assert chain.strikes == [100]
    assert '"rows":[],"gone":[110]' in chain.delta(None, fields, 0)


def test_all_symbols_are_read_before_anybody_is_told() -> None:
    """A panel that sends at once says of all of them that they are as of the snapshot."""
    market, told = BarMarket("5min", COLUMNS, Position("e", 0)), list[list[object]]()

    def changed() -> None:
        told.append([market.chains[name].by_expiry[FIRST].newest for name in "XY"])

    market.hold("X", read(1, 1.0), 0)
    market.hold("Y", read(1, 1.0, symbol="Y"), 0)
    market.add(Mock(changed=changed), ["X", "Y"], passes=False)
    market.take(snapshot(5, 2))
    both = {**read(2, 2.0).updates, **read(2, 2.0, symbol="Y").updates}
    assert market.renew(Read(2, both))
    assert told == [[5, 5]] * 2
