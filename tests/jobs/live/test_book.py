"""The newest figures of each leg, and what a snapshot shows of them."""

from typing import Any

import numpy as np
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.merge import KEPT
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.book import SETTLED
from pgstrike.jobs.live.plugin import Contract, Updates
from pgstrike.jobs.quote import UNKNOWN
from tests.support.books import book, shown
from tests.support.live_feeds import EXPIRY, LATER, chain, message, together

SPOT, CALL_100, PUT_100, CALL_200, PUT_200 = range(5)
LONG_AFTER = 10**6 * SECOND


def test_legs_are_joined_to_strikes_at_the_time_of_the_newest() -> None:
    own = book()
    own.add(message(CALL_100, 10, stamp=9, ltp=1.5, oi=750))
    own.add(message(PUT_100, 11, stamp=10, ltp=2.5))
    own.add(message(SPOT, 12, ltp=99.5))
    batch = shown(own)
    [row] = batch.rows
    assert (row["strike"], row["expiry"]) == (100, EXPIRY)
    assert (row["call_ltp"], row["call_oi"], row["put_ltp"]) == (1.5, 750, 2.5)
    assert row["put_oi"] == UNKNOWN
    assert (row["underlying"], row["quote_time"]) == (99.5, 12 * SECOND)
    assert row["exchange_time"] == 10 * SECOND
    assert batch.symbols == ("NIFTY",)


def test_absent_figure_is_as_before_and_a_present_unknown_one_is_unknown() -> None:
    own = book()
    own.add(message(CALL_100, 10, ltp=1.5, bid=1.0, oi=750))
    own.add(message(CALL_100, 11, bid=np.nan))
    [row] = shown(own).rows
    assert (row["call_ltp"], row["call_oi"]) == (1.5, 750)
    assert np.isnan(row["call_bid"])


def test_last_of_several_messages_of_one_contract_counts() -> None:
    own = book()
    own.add(together(message(CALL_100, 10, ltp=1.0), message(CALL_100, 10, ltp=2.0)))
    assert shown(own).rows["call_ltp"].tolist() == [2.0]


def test_quiet_leg_stays_as_long_as_its_connection_and_a_minute_after_it() -> None:
    own = book()
    own.add(together(message(CALL_100, 10, ltp=1.0), message(CALL_200, 10, ltp=2.0)))
    own.add(message(CALL_200, 10_000, ltp=3.0))
    assert shown(own).rows["call_ltp"].tolist() == [1.0, 3.0]
    own.disconnected(10_001 * SECOND)
    own.connected(
        chain(strikes=(200, 100, 300))
    )  # in another order, and with a new one
    own.add(message(1, 10_002, ltp=4.0))
    assert shown(own).rows["call_ltp"].tolist() == [1.0, 4.0]
    own.add(message(1, 10_001.5 + KEPT / SECOND, ltp=5.0))
    assert shown(own).rows["strike"].tolist() == [200]


def test_chains_without_a_message_are_left_out() -> None:
    own = book(chain(expiries=(EXPIRY, LATER)))
    near, far = 1, 5
    own.add(together(message(near, 10, ltp=1.0), message(far, 10, ltp=2.0)))
    assert shown(own).rows["expiry"].tolist() == [EXPIRY, LATER]
    own.add(message(far, 11, ltp=3.0))
    assert shown(own).rows["expiry"].tolist() == [LATER]
    own.add(message(0, 12, ltp=99.0))  # the underlying
    assert shown(own).rows["expiry"].tolist() == [EXPIRY]
    assert own.due(LONG_AFTER) == []


def test_forward_and_underlying_of_a_chain_are_spread_over_it() -> None:
    own = book(chain(expiries=(EXPIRY, LATER)))
    own.add(message(SPOT, 9, ltp=98.0))
    own.add(message(1, 10, ltp=1.0, forward=101.0, underlying=100.0))
    own.add(message(3, 10, ltp=2.0))
    own.add(message(5, 10, ltp=3.0))
    rows = shown(own).rows
    assert rows["forward"].tolist()[:2] == [101.0, 101.0]
    assert np.isnan(rows["forward"][2])
    assert rows["underlying"].tolist() == [100.0, 100.0, 98.0]


def test_time_of_a_snapshot_grows_and_is_not_before_what_is_asked() -> None:
    own = book()
    own.add(message(CALL_100, 10, ltp=1.0))
    assert shown(own).rows["quote_time"].tolist() == [10 * SECOND]
    own.add(message(CALL_100, 10, ltp=2.0))
    assert shown(own).rows["quote_time"].tolist() == [10 * SECOND + 1]
    own.add(message(CALL_100, 11, ltp=2.0))
    assert shown(own, since=20 * SECOND).rows["quote_time"].tolist() == [20 * SECOND]


def test_first_snapshot_waits_until_all_legs_are_heard_or_have_had_their_time() -> None:
    own = book()
    own.add(message(CALL_100, 10, ltp=1.0))
    assert own.due(10 * SECOND) == []
    assert own.due(10 * SECOND + SETTLED) == ["NIFTY"]
    own.add(together(*(message(leg, 10, ltp=1.0) for leg in range(5))))
    assert own.due(10 * SECOND) == ["NIFTY"]


def test_wrong_message_is_rejected_once_and_changes_nothing() -> None:
    own = book()
    own.add(message(CALL_100, 10, ltp=1.0))
    own.add(message(CALL_100, 11, ltp=-2.0))
    own.add(message(SPOT, 11, ltp=np.inf))
    batch = shown(own)
    assert batch.rows["call_ltp"].tolist() == [1.0]
    assert [each.reason for each in batch.rejects] == ["not_a_number", "negative"]
    assert all(each.symbol == "NIFTY" for each in batch.rejects)
    own.add(message(CALL_100, 12, bid=1.0))
    assert shown(own).rejects == []


def test_zeros_that_cannot_be_meant_are_unknown() -> None:
    own = book()
    own.add(message(CALL_100, 10, ltp=0.0, oi=75, iv=0.0))
    [row] = shown(own).rows
    assert np.isnan(row["call_ltp"])
    assert np.isnan(row["call_iv"])
    assert row["call_oi"] == 75


def test_standing_has_all_volume_that_is_known() -> None:
    own = book()
    assert own.standings() == {}
    own.add(message(CALL_100, 10, volume=100))
    own.add(message(PUT_200, 11, volume=50))
    own.add(message(PUT_100, 12, ltp=1.0))
    assert own.standings() == {"NIFTY": (12 * SECOND, 150)}
    rolling = book(kinds=Kinds("other"))
    rolling.add(message(CALL_100, 10, volume=100))
    assert rolling.standings()["NIFTY"].volume is None


def test_symbols_of_a_snapshot_are_those_that_were_asked_for() -> None:
    own = book([*chain("BANKNIFTY"), *chain("NIFTY"), *chain("SENSEX")])
    for contract in (1, 6, 11):
        own.add(message(contract, 10, ltp=contract))
    batch = shown(own, "SENSEX", "BANKNIFTY")
    named = [batch.symbols[code] for code in batch.rows["symbol"]]
    assert named == ["BANKNIFTY", "SENSEX"]
    assert batch.rows["call_ltp"].tolist() == [1.0, 11.0]
    assert own.due(LONG_AFTER) == ["NIFTY"]


def test_many_messages_are_taken_in_before_anybody_asks() -> None:
    own = book()
    for place in range(10_000):
        own.add(message(CALL_100, place, ltp=place + 1.0))
    assert len(own._pending) < 5_000
    assert shown(own).rows["call_ltp"].tolist() == [10_000.0]


def test_contract_that_is_not_listed_is_the_feeds_fault() -> None:
    with pytest.raises(FeedError, match="sends contract 5 and lists 5"):
        book().add(message(5, 10, ltp=1.0))
    with pytest.raises(FeedError, match="without expiry or strike"):
        book([Contract("K", "NIFTY", "call", EXPIRY)])


def test_no_contracts_and_no_messages_are_nothing() -> None:
    own = book([])
    own.add(Updates(0, message(0, 1).rows[:0]))
    assert own.due(LONG_AFTER) == []
    own.disconnected(0)


WRONG = {
    "infinite": {"bid": np.inf},
    "too large": {"underlying": 2e12},
    "too small": {"ask": 1e-13},
    "negative": {"forward": -1.0},
    "negative count": {"bid_qty": -5},
    "too many": {"oi": 2 * 10**14},
}


@pytest.mark.parametrize("fault", WRONG)
def test_each_fault_is_found_among_many_messages(fault: str) -> None:
    own = book()
    right = [message(CALL_100, 10, ltp=1.0, volume=75, oi=0) for _ in range(20)]
    own.add(together(*right, message(PUT_100, 10, ltp=3.0, **WRONG[fault])))
    batch = shown(own)
    assert len(batch.rejects) == 1
    [row] = batch.rows
    assert row["call_ltp"] == 1.0 and np.isnan(row["put_ltp"])


@pytest.mark.parametrize("listed", [{"strikes": (-100.0,)}, {"expiries": (20_000,)}])
def test_contract_that_cannot_be_has_no_quote(listed: dict[str, Any]) -> None:
    own = book(chain(**listed))
    own.add(message(1, 10, ltp=1.0))
    assert own.due(LONG_AFTER) == []
    own.add(message(0, 10, ltp=1.0))
    assert [each.reason for each in shown(own).rejects] in (
        ["bad_strike"],
        ["out_of_range"],
    )
