"""Several connections store what one would, and count a part once however often it is tried."""

from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest.side_by_side import Stores, part_of
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch, Reject
from tests.conftest import Cluster
from tests.support.engines import clone
from tests.support.quote_market import Quote, batch_of, ladder, open_store

SYMBOLS = ("BANKNIFTY", "FINNIFTY", "NIFTY")
STORED = """
    SELECT symbol, expiry, strike, quote_time, call_volume_growth, underlying, call_iv
    FROM fo.option_quote ORDER BY 1, 2, 3, 4
"""


def mixed(*times: str) -> QuoteBatch:
    """Snapshots of three symbols, their strikes mixed as no feed would."""
    chains = [
        ladder(time, 24_600 + n, symbol=symbol)
        for time in times
        for n, symbol in enumerate(SYMBOLS)
    ]
    return batch_of(quote for strike in zip(*chains, strict=True) for quote in strike)


def stores(dsn: str, most: int) -> closing[Stores]:
    def make(connection: psycopg.Connection) -> Store:
        store = open_store(dsn)
        store.connection.close()
        store.open(connection)
        return store

    return closing(Stores(dsn, most, make))


def stored(dsn: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(STORED).fetchall()


def test_several_connections_store_what_one_does(cluster: Cluster, dsn: str) -> None:
    with clone(cluster.server, cluster.template, "beside_one") as other:
        for to, most in ((dsn, 3), (other, 1)):
            with stores(to, most) as several:
                several.add(mixed("12:00:00"))
                several.add(mixed("12:00:05", "12:00:10"))
                parts = {done.part.symbols for done in several.take_done()}
            assert parts == (
                {(symbol,) for symbol in SYMBOLS} if most == 3 else {SYMBOLS}
            )
        assert len(stored(dsn)) == 3 * len(mixed("12:00:00").rows)
        assert stored(dsn) == stored(other)


def test_part_that_is_stored_is_not_tried_again(dsn: str) -> None:
    batch = mixed("12:00:00")
    with stores(dsn, 3) as several:
        several.add(batch)
        several.take_done()
        later = mixed("12:00:05")
        lost = several._stores[1].connection
        with psycopg.connect(dsn, autocommit=True) as killer:
            end = partial(killer.execute, "SELECT pg_terminate_backend(%s, 5000)")
            end([lost.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            several.add(later)
        several.add(later)
        done = several.take_done()
    assert sorted(each.part.symbols for each in done) == [(s,) for s in SYMBOLS]
    assert {each.stored.stored for each in done} == {5}
    assert {each.stored.unchanged for each in done} == {0}


@pytest.mark.one_engine
def test_what_was_rejected_is_counted_once(dsn: str) -> None:
    reject = Reject("malformed", "not JSON", "{", None)
    batch = mixed("12:00:00")._replace(rejects=[reject], forgotten={"no_option": 2})
    with stores(dsn, 2) as several:
        several.add(batch)
        done = several.take_done()
    assert [each.rejects for each in done].count([reject]) == 1
    assert sum(each.part.forgotten.get("no_option", 0) for each in done) == 2
    assert sum(len(each.part.rows) for each in done) == len(batch.rows)


def test_part_has_its_rows_its_symbols_and_its_texts() -> None:
    batch = batch_of(
        Quote("12:00:00", strike, symbol=symbol)
        for strike in (24_600, 24_650)
        for symbol in SYMBOLS
    )
    part = part_of(batch, [0, 2])
    assert part.symbols == ("BANKNIFTY", "NIFTY")
    assert part.rows["symbol"].tolist() == [0, 1, 0, 1]
    assert list(part.raw) == [batch.raw[n] for n in (0, 2, 3, 5)]
    assert list(part.raw[1:3]) == list(part.raw)[1:3]
    assert np.array_equal(part.rows["strike"], batch.rows["strike"][[0, 2, 3, 5]])
