"""Dhan's option chain: each figure, in our units."""

from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from tests.support.bodies import EXPIRY, GREEKS, READ_AT, read
from tests.support.feeds import leg

DHAN_LEG = {
    "greeks": GREEKS,
    "implied_volatility": 12.5,
    "last_price": 13.9,
    "oi": 29312250,
    "previous_oi": 10596150,
    "top_ask_price": 14,
    "top_ask_quantity": 75,
    "top_bid_price": 13.85,
    "top_bid_quantity": 150,
    "volume": 3238992225,
}
DHAN = {"data": {"last_price": 26177.15, "oc": {"26200.000000": {"ce": DHAN_LEG}}}}


def test_dhan_body_is_read(tmp_path: Path) -> None:
    facts = Facts("NIFTY", EXPIRY, READ_AT)
    batch = read(tmp_path, DHAN, lots={}, facts=facts)
    row = batch.rows[0]
    assert (row["strike"], row["underlying"], row["expiry"]) == (
        26200,
        26177.15,
        EXPIRY,
    )
    call = leg(batch, "call")
    assert (call["iv"], call["prev_oi"], call["ask_qty"]) == (0.125, 10596150, 75)


def test_all_that_dhan_lacks_is_asked_for_at_once(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as raised:
        read(tmp_path, DHAN, lots={})
    assert "the symbol, the expiry and the time" in str(raised.value)
    for option in ("--symbol", "--expiry", "--read-at"):
        assert option in str(raised.value)
