"""Snapshots that wait for a slow database, and are stored together."""

import numpy as np
import pytest

from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.backlog import Backlog, joined
from pgstrike.jobs.live.handover import Handover
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.quote import QuoteBatch
from tests.support.books import book, shown
from tests.support.live_feeds import OF_SESSION, chain, message, no_secret, together

GRID = SECOND // 5
SYMBOLS = ("BANKNIFTY", "NIFTY")
FIRST_CALL = {"NIFTY": 1, "BANKNIFTY": 6}
Told = list[tuple[str, float, float]]


def told(batch: QuoteBatch | None) -> Told:
    """Symbol, second and price of the call of each quote that has one."""
    assert batch is not None
    return [
        (batch.symbols[row["symbol"]], row["quote_time"] / SECOND, row["call_ltp"])
        for row in batch.rows
        if not np.isnan(row["call_ltp"])
    ]


def handover(in_charge: tuple[str, ...] = SYMBOLS) -> Handover:
    asked = Asked("ticks", SYMBOLS, {}, no_secret)
    made = Handover(asked, GRID, lambda text: None, is_played=False)
    made.beaten(dict.fromkeys(in_charge, 0))
    listed = [each for name in ("NIFTY", "BANKNIFTY") for each in chain(name)]
    made.connected(OF_SESSION, listed)
    return made


async def tick(own: Handover, symbol: str, at: float, price: float) -> None:
    """A price of the first call, and of all others, so that nothing is waited for."""
    first = FIRST_CALL[symbol]
    others = (message(each, at, oi=75) for each in range(10))
    await own.receive(together(*others, message(first, at, ltp=price)))


async def test_cells_that_end_while_another_is_stored_are_stored_together() -> None:
    own = handover()
    await tick(own, "NIFTY", 10.0, 1.0)
    assert told(own.take(0)) == [("NIFTY", 10.0, 1.0)]
    await tick(own, "NIFTY", 10.3, 2.0)
    await tick(own, "NIFTY", 10.35, 3.0)  # of the same cell
    await tick(own, "BANKNIFTY", 10.5, 4.0)
    await tick(own, "NIFTY", 10.9, 5.0)
    own.stored()
    assert told(own.take(0)) == [
        ("NIFTY", 10.35, 3.0),
        ("BANKNIFTY", 10.5, 4.0),
        ("NIFTY", 10.5, 3.0),
        ("BANKNIFTY", 10.9, 4.0),
        ("NIFTY", 10.9, 5.0),
    ]
    own.stored()
    assert own.take(0) is None


async def test_cells_that_end_while_nothing_is_stored_are_one() -> None:
    own = handover()
    for step in range(5):
        await tick(own, "NIFTY", 10 + step, step)
    assert told(own.take(0)) == [("NIFTY", 14.0, 4.0)]


async def test_what_a_full_backlog_has_no_room_for_is_merged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pgstrike.jobs.live.backlog.CHUNK_ROWS", 40)
    own = handover(in_charge=("NIFTY",))
    await tick(own, "NIFTY", 10, 0.5)
    assert own.take(0) is not None
    for step in range(1, 101):  # each is a snapshot of two quotes
        await tick(own, "NIFTY", 10 + step / 2, step)
    own.stored()
    waited = [("NIFTY", 10 + step / 2, float(step)) for step in range(1, 21)]
    assert told(own.take(0)) == [*waited, ("NIFTY", 60.0, 100.0)]


async def test_waiting_quotes_of_a_symbol_that_another_source_took_are_left_out() -> (
    None
):
    own = handover()
    await tick(own, "NIFTY", 10.0, 1.0)
    assert own.take(0) is not None
    await tick(own, "NIFTY", 10.3, 2.0)
    await tick(own, "NIFTY", 10.6, 3.0)
    own.stored()
    own.beaten({"BANKNIFTY": 0})
    taken = own.take(0)
    assert taken is not None and taken.symbols == SYMBOLS
    assert {*taken.rows["symbol"].tolist()} == {0}
    own.stored()
    own.beaten({"BANKNIFTY": 0, "NIFTY": 20 * SECOND})
    assert told(own.take(0)) == [("NIFTY", 20.0, 3.0)]


@pytest.mark.parametrize("is_refused", [True, False])
async def test_what_was_taken_and_not_stored_is_shown_again_as_it_is_then(
    is_refused: bool,
) -> None:
    own = handover()
    await tick(own, "NIFTY", 10.0, 1.0)
    assert own.take(0) is not None
    await tick(own, "NIFTY", 10.3, 2.0)
    own.stored()
    assert told(own.take(0)) == [("NIFTY", 10.3, 2.0)]
    if is_refused:
        own.take_again()
    else:
        own.not_stored("the disk is full")
    [(name, at, price)] = told(own.take(0))
    assert (name, price) == ("NIFTY", 2.0) and at > 10.3


def test_batches_of_other_symbols_are_joined_with_their_rejects() -> None:
    one = book(chain("NIFTY"))
    one.add(message(1, 10, ltp=1.0))
    one.add(message(1, 10, ltp=-1.0))
    other = book(chain("BANKNIFTY"))
    other.add(message(1, 11, ltp=2.0, iv=9.0))
    batch = joined([shown(one), shown(other, "BANKNIFTY")])
    assert told(batch) == [("NIFTY", 10.0, 1.0), ("BANKNIFTY", 11.0, 2.0)]
    assert [each.reason for each in batch.rejects] == ["negative"]
    assert batch.forgotten == {"impossible_iv": 1}
    assert '"symbol": "BANKNIFTY"' in batch.raw[1]


def test_nothing_that_waits_is_no_batch() -> None:
    assert Backlog().take() is None
