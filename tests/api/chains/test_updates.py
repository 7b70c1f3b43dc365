"""api.chains.updates: what a chain event says, and what is none."""

from typing import Any

import pytest

from pgstrike.api.chains.updates import Update, parse_update

BODY: dict[str, Any] = {"symbol": "X", "expiry": None, "clock": "10:00"}


def test_event_of_the_clock_alone() -> None:
    assert parse_update(BODY) == Update("X", None, "10:00")


def test_event_of_a_chain() -> None:
    said = {
        "expired": True,
        "delisted": [90],
        "quote_time": "09:59",
        "underlying": 100.5,
        "strike_gap": 10,
        "forward": 101.5,
        "forward_source": "feed",
        "columns": ["strike", "call_oi"],
        "rows": [[100, 1]],
    }
    body = {**BODY, "expiry": "2025-09-02", **said}
    update = parse_update(body)
    assert update._asdict() == body


@pytest.mark.parametrize(
    "body",
    [
        7,
        [],
        None,
        "symbol",
        *({key: BODY[key] for key in BODY if key != name} for name in BODY),
    ],
)
def test_what_is_no_chain_event_is_refused(body: Any) -> None:
    with pytest.raises(ValueError):
        parse_update(body)
