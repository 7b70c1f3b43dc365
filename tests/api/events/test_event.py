"""api.events.event: a payload is parsed once on its way, and kept as a frame alone."""

import json
from unittest.mock import Mock

import pytest

from pgstrike.api.chains.market import Market, Read
from pgstrike.api.events.event import Event, Position, make_event, parse_event
from pgstrike.api.events.hub import Hub
from tests.support.fakes import Taken

COLUMNS = ["strike", "call_oi"]


def payload(id: int) -> str:
    body = {
        "id": id, "epoch": "e", "topic": "chain", "symbol": "X", "expiry": "2025-09-02",
        "clock": "09:15", "quote_time": "09:15", "columns": COLUMNS, "rows": [[100, id]],
    }  # fmt: skip
    return json.dumps(body)


def hub_with_market() -> tuple[Hub, Market]:
    hub, market = Hub(), Market("live", COLUMNS, Position("e", 0))
    hub.start(Position("e", 0), "other_epoch")
    hub.takers[market] = None
    market.hold("X", Read(0, {"X": []}), 0)
    return hub, market


def call_oi(market: Market) -> object:
    [row] = market.chains["X"].by_expiry["2025-09-02"].rows
    return row.figures[1]


def test_notification_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, market = hub_with_market()
    loads = Mock(wraps=json.loads)
    monkeypatch.setattr("json.loads", loads)
    for id in (1, 2):
        assert hub.feed(parse_event(payload(id)))
    assert call_oi(market) == 2
    assert loads.call_count == 2


def test_event_of_the_log_is_parsed_only_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub, market = hub_with_market()
    loads = Mock(wraps=json.loads)
    monkeypatch.setattr("json.loads", loads)
    for id, symbol in ((1, "Y"), (2, "X")):
        expiry = "2025-09-02"
        hub.feed(make_event(Position("e", id), "chain", symbol, expiry, payload(id)))
    assert call_oi(market) == 2
    assert loads.call_count == 1


def test_hub_remembers_no_parsed_payload() -> None:
    hub, _ = hub_with_market()
    taken = Taken(hub)
    bodies: list[object] = []
    take = taken.take
    taken.take = lambda event: (bodies.append(event.body), take(event))  # type: ignore
    for id in (1, 2):
        hub.feed(parse_event(payload(id)))
    assert bodies == [json.loads(payload(id)) for id in (1, 2)]
    for event, kept in zip(taken.items, hub.ring, strict=True):
        assert isinstance(event, Event) and event is kept
        assert event._body is None
        assert event.body == json.loads(payload(event.position.id))


def test_what_is_remembered_is_parsed_again_for_a_late_market() -> None:
    hub, _ = hub_with_market()
    for id in (1, 2, 3):
        hub.feed(parse_event(payload(id)))
    late = Market("live", COLUMNS, Position("e", 3))
    late.hold("X", Read(0, {"X": []}), 1, hub.recent(1) or ())
    assert call_oi(late) == 3
