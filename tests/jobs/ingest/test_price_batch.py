"""jobs.ingest.price_batch: a long batch is written part by part, with the same outcome."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.jobs.ingest import price_batch
from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import Quote, add, ladder, select, value

STORED = """
    SELECT to_jsonb(quote) - 'symbol' AS quote
    FROM fo.option_quote AS quote
    WHERE quote.symbol = %s
    ORDER BY quote.quote_time, quote.strike
"""
COUNT = "SELECT count(*) FROM fo.option_quote"
FAILING = """
    CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'no room';
    END;
    $$;
    CREATE TRIGGER fail BEFORE INSERT ON fo.option_quote
    FOR EACH ROW WHEN (new.quote_time = '2025-08-29 10:05:00+05:30')
    EXECUTE FUNCTION public.fail();
"""


@pytest.fixture
def store(connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Which cuts a batch of more than 20 quotes, and carries IV within 4 minutes."""
    monkeypatch.setattr(price_batch, "PART_ROWS", 10)
    horizon = timedelta(days=30)
    return Store(
        connection, source="test", rate=0.065, horizon=horizon, pricing_seconds=240
    )


def day(symbol: str = "NIFTY") -> list[Quote]:
    """Twelve snapshots of five strikes."""
    return [
        Quote(
            f"10:{minute:02}:00",
            strike,
            call={"bid": bid, "ask": bid + 1, "volume": 750 * minute, "oi": 7500},
            put={"bid": bid - 20, "ask": bid - 19, "volume": 75, "oi": 75 * minute},
            underlying=24_600.0 + minute,
            symbol=symbol,
        )
        for minute in range(12)
        for bid, strike in enumerate((24_500, 24_550, 24_600, 24_650, 24_700), 150)
    ]


def test_parts_come_to_what_the_whole_comes_to(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[tuple[int, int]] = []
    write = price_batch.Writing.write

    def written(self: Any, prices: bytes, start: int, end: int) -> None:
        parts.append((start, end))
        write(self, prices, start, end)

    monkeypatch.setattr(price_batch.Writing, "write", written)
    assert add(store, *day()).stored == 60
    assert parts == [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50)]
    found = select(store.connection, STORED, "NIFTY")
    monkeypatch.setattr(price_batch, "PART_ROWS", 1_000)
    assert add(store, *day("BANKNIFTY")).stored == 60
    assert len(parts) == 5
    assert len(found) == 60
    assert found == select(store.connection, STORED, "BANKNIFTY")
    assert {"solved", "carried"} <= {row["quote"]["call_iv_status"] for row in found}


def test_batch_of_which_a_part_cannot_be_written_leaves_nothing(store: Store) -> None:
    store.connection.execute(FAILING)
    with pytest.raises(psycopg.errors.RaiseException, match="no room"):
        add(store, *day())
    assert value(store.connection, COUNT) == 0
    store.connection.execute("DROP TRIGGER fail ON fo.option_quote")
    assert add(store, *day()).stored == 60


def test_error_while_a_part_is_written_waits_for_nobody(
    store: Store, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part is cancelled: what it waits for may take for ever."""
    add(store, *ladder("09:59:00", 24_600.0))
    priced: list[int] = []
    price = store.pricer.price

    def failing(symbols: Any, rows: Any, terms: Any) -> Any:
        priced.append(len(rows))
        if len(priced) == 2:
            raise KeyboardInterrupt
        return price(symbols, rows, terms)

    with monkeypatch.context() as patched:
        patched.setattr(store.pricer, "price", failing)
        with psycopg.connect(dsn) as other, pytest.raises(KeyboardInterrupt):
            other.execute("LOCK TABLE fo.option_quote IN SHARE MODE")
            add(store, *day())
    assert value(store.connection, COUNT) == 5
    assert add(store, *day()).stored == 60


def test_only_long_batches_in_the_order_of_time_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(price_batch, "PART_ROWS", 10)
    snapshots = np.repeat(np.arange(5), 7)
    assert price_batch.cuts_of(snapshots) == [7, 14]
    assert price_batch.cuts_of(snapshots[:19]) == []
    assert price_batch.cuts_of(snapshots[::-1]) == []
    assert price_batch.cuts_of(np.zeros(40, int)) == []
