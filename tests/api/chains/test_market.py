"""api.chains.market: who is told of which event, and what is forgotten."""

import json
from typing import Any
from unittest.mock import Mock

import pytest

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.chains.updates import parse_update
from pgstrike.api.events.event import Event, Position, Reset, make_event

COLUMNS = ["strike", "call_oi"]
EXPIRY = "2025-09-02"


def chain(
    id: int, symbol: str = "X", oi: int = 1, expiry: str | None = EXPIRY
) -> Event:
    body: dict[str, Any] = {"symbol": symbol, "expiry": expiry, "clock": f"{id:04}"}
    if expiry is not None:
        body |= {"quote_time": f"{id:04}", "columns": COLUMNS, "rows": [[100, oi]]}
    return make_event(Position("e", id), "chain", symbol, expiry, json.dumps(body))


def other(id: int) -> Event:
    return make_event(Position("e", id), "task", None, None, "{}")


def hold(market: Market, symbol: str, id: int = 0, *events: Event) -> None:
    update = parse_update(chain(id, symbol, oi=0).body)
    market.hold(symbol, Read(1, {symbol: [update]}), id, events)


def figures(market: Market, symbol: str = "X") -> list[list[Any]]:
    return [row.figures for row in market.chains[symbol].by_expiry[EXPIRY].rows]


@pytest.fixture
def market() -> Market:
    market = Market("live", COLUMNS, Position("e", 0))
    hold(market, "X")
    return market


def watch(market: Market, *symbols: str, passes: bool = False) -> Mock:
    shown = Mock()
    market.add(shown, symbols, passes=passes)
    return shown


def calls(shown: Mock) -> list[str]:
    return [name for name, *_ in shown.method_calls]


def test_event_moves_its_chain_and_tells_who_watches(market: Market) -> None:
    """Once, until it asks to be told again."""
    shown, elsewhere = watch(market, "X"), watch(market, "Y")
    for id in (1, 2):
        market.take(chain(id, oi=id * 10))
    assert market.at == 2 and figures(market) == [[100, 20]]
    assert calls(shown) == ["changed"] and calls(elsewhere) == []
    market.watch(shown, ["X"])
    market.take(chain(3))
    assert calls(shown) == ["changed"] * 2


def test_event_of_a_symbol_that_nobody_asked_for_is_left_out(market: Market) -> None:
    market.take(chain(1, "Y"))
    assert market.at == 1 and [*market.chains] == ["X"]
    assert market.is_ready(["X"]) and not market.is_ready(["X", "Y"])


def test_event_of_another_topic_is_passed_on_to_who_wants_it(market: Market) -> None:
    shown, silent = watch(market, "X", passes=True), watch(market, "X")
    market.take(event := other(1))
    shown.pass_on.assert_called_once_with(event)
    assert calls(silent) == []


def test_who_was_removed_is_told_nothing(market: Market) -> None:
    shown = watch(market, "X", passes=True)
    market.remove(shown, ["X"])
    market.take(chain(1))
    market.take(other(2))
    hold(market, "X", 3)
    market.restart(Reset("other_epoch", Position("f", 0)))
    assert calls(shown) == []


def test_chain_that_is_read_late_is_moved_by_what_came_meanwhile(
    market: Market,
) -> None:
    shown = watch(market, "Y")
    hold(market, "Y", 1, chain(2, "X", oi=9), other(3), chain(4, "Y", oi=7))
    assert figures(market, "Y") == [[100, 7]] and figures(market) == [[100, 0]]
    assert calls(shown) == ["changed", "ready"]


def test_event_that_cannot_be_read_changes_nothing_and_is_said(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    shown = watch(market, "X")
    market.take(make_event(Position("e", 1), "chain", "X", None, "{}"))
    assert calls(shown) == [] and market.at == 1
    assert "event_ignored" in caplog.text


def test_restart_forgets_everything_that_was_held(market: Market) -> None:
    shown = watch(market, "X", "Y")
    reset = Reset("other_epoch", Position("f", 9))
    market.restart(reset)
    assert (market.position(1), market.at) == (Position("f", 1), 9)
    assert not market.chains and market.restarts == 1
    shown.restart.assert_called_once_with(reset)


def test_fields_are_shared_while_somebody_uses_them(market: Market) -> None:
    one, again = market.use(("call_oi",)), market.use(("call_oi",))
    assert one is again and one.users == 2
    market.give_back(one)
    assert market.use(("call_oi",)) is one
    market.give_back(one)
    market.give_back(one)
    assert market.use(("call_oi",)) is not one


@pytest.mark.parametrize(
    ("wanted", "about", "has"),
    [
        ({"front"}, EXPIRY, True),
        ({"next"}, EXPIRY, False),
        ({"2025-09-09"}, EXPIRY, False),
        ({"2025-09-09"}, None, True),
        (set(), "2031-01-01", True),
    ],
)
def test_events_of_an_expiry_are_for_who_wants_it(
    market: Market, wanted: set[str], about: str | None, has: bool
) -> None:
    event = make_event(Position("e", 1), "metrics", "X", about, "{}")
    assert market.has_expiry(frozenset(wanted), event) is has
