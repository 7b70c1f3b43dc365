"""Contracts that the exchange no longer lists: told by three whole chains without them."""

import itertools
from collections.abc import Sequence
from datetime import date

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import (
    EXPIRY,
    LATER,
    Quote,
    add,
    ask,
    ist,
    ladder,
    refuses,
    select,
    value,
)

OLD = date(2025, 9, 25)


def snapshot(
    time: str, *expiries: date, leave_out: Sequence[float] = ()
) -> list[Quote]:
    """A whole chain of these expiries, without some strikes."""
    quotes = [quote for day in expiries for quote in ladder(time, 24_600.0, expiry=day)]
    return [quote for quote in quotes if quote.strike not in leave_out]


@pytest.fixture
def whole(store: Store) -> Store:
    """A feed that says that it sends whole chains."""
    store.whole_chains = True
    return store


def alive(store: Store) -> list[date]:
    refresh_all(store.connection)
    shown = ask(store.connection, "chain")
    assert {row["expiry"] for row in ask(store.connection, "term_structure")} == {
        row["expiry"] for row in shown
    }
    return sorted({row["expiry"] for row in shown})


def delisted_events(connection: psycopg.Connection) -> list[tuple[date, object]]:
    rows = select(
        connection,
        "SELECT expiry, payload FROM fo.event"
        " WHERE payload ->> 'expired' IS NOT NULL OR payload ->> 'delisted' IS NOT NULL"
        " ORDER BY id",
    )
    return [
        (row["expiry"], row["payload"].get("delisted", row["payload"].get("expired")))
        for row in rows
    ]


def test_third_whole_chain_without_an_expiry_delists_it(whole: Store) -> None:
    add(whole, *snapshot("10:00:00", OLD, LATER))
    for time in ("10:01:00", "10:02:00"):
        add(whole, *snapshot(time, LATER))
        assert alive(whole) == [OLD, LATER]
    add(whole, *snapshot("10:03:00", LATER))
    assert alive(whole) == [LATER]
    assert delisted_events(whole.connection) == [(OLD, True)]
    refuses(whole.connection, "pcr", "unknown_expiry", "2025-09-30", expiry=OLD)


def test_history_keeps_what_was_delisted(whole: Store) -> None:
    """As of an instant before, it is there; the minutes' metrics say the same."""
    add(whole, *snapshot("10:00:00", OLD, LATER))
    for time in ("10:01:00", "10:02:00", "10:03:00"):
        add(whole, *snapshot(time, LATER))
    refresh_all(whole.connection)
    for time, count in (("10:00:30", 2), ("10:02:30", 2), ("10:03:00", 1)):
        found = ask(whole.connection, "expiry_metrics", at=ist(time))
        assert len(found) == count, time
    assert select(
        whole.connection,
        "SELECT bucket_time, count(*) AS n FROM fo.expiry_metrics"
        " GROUP BY bucket_time ORDER BY bucket_time",
    ) == [
        {"bucket_time": ist(f"10:0{minute}:00"), "n": 1 if minute == 3 else 2}
        for minute in range(4)
    ]


def test_one_strike_is_delisted_alone(whole: Store) -> None:
    add(whole, *snapshot("10:00:00", EXPIRY))
    for time in ("10:01:00", "10:02:00", "10:03:00"):
        add(whole, *snapshot(time, EXPIRY, leave_out=[24_500, 24_700]))
    refresh_all(whole.connection)
    strikes = [row["strike"] for row in ask(whole.connection, "chain")]
    assert strikes == [24_550, 24_600, 24_650]
    assert delisted_events(whole.connection) == [(EXPIRY, [24_500, 24_700])]
    live = "SELECT array_agg(strike ORDER BY strike) FROM ops.live_row('NIFTY')"
    assert value(whole.connection, live) == strikes


def test_contract_that_comes_back_is_listed_again(whole: Store) -> None:
    add(whole, *snapshot("10:00:00", OLD, LATER))
    for time in ("10:01:00", "10:02:00", "10:03:00"):
        add(whole, *snapshot(time, LATER))
    add(whole, *snapshot("10:04:00", OLD, LATER))
    assert alive(whole) == [OLD, LATER]


def test_feed_that_says_nothing_delists_nothing(store: Store) -> None:
    add(store, *snapshot("10:00:00", OLD, LATER))
    for time in ("10:01:00", "10:02:00", "10:03:00", "10:04:00"):
        add(store, *snapshot(time, LATER))
    assert alive(store) == [OLD, LATER]


def test_chains_outside_a_session_delist_nothing(whole: Store) -> None:
    add(whole, *snapshot("15:20:00", OLD, LATER))
    for time in ("15:50:00", "15:51:00", "15:52:00"):
        add(whole, *snapshot(time, LATER))
    assert alive(whole) == [OLD, LATER]


def test_order_of_arrival_does_not_matter(whole: Store) -> None:
    """Whichever way the snapshots come, the same is listed then and now."""
    snapshots = [
        snapshot("10:00:00", OLD, LATER),
        snapshot("10:01:00", LATER),
        snapshot("10:02:00", LATER),
        snapshot("10:03:00", LATER),
    ]
    seen = set()
    for order in itertools.permutations(range(4)):
        if order[0] == 3:  # a clock of its own for each order would cost a database
            continue
        symbol = f"ORDER{''.join(map(str, order))}"
        whole.connection.execute(
            "INSERT INTO fo.instrument (symbol, exchange) VALUES (%s, 'NSE')", [symbol]
        )
        for place in order:
            add(whole, *(q._replace(symbol=symbol) for q in snapshots[place]))
        refresh_all(whole.connection)
        seen.add(
            (
                tuple(
                    (str(row["expiry"]), row["strike"])
                    for row in ask(whole.connection, "chain", symbol=symbol)
                ),
                *(
                    len(
                        ask(
                            whole.connection,
                            "chain",
                            symbol=symbol,
                            at=ist(f"10:0{minute}:30"),
                        )
                    )
                    for minute in range(4)
                ),
                tuple(
                    tuple(row.values())
                    for row in select(
                        whole.connection,
                        "SELECT bucket_time, count(*) FROM fo.expiry_metrics"
                        " WHERE symbol = %s GROUP BY 1 ORDER BY 1",
                        symbol,
                    )
                ),
            )
        )
    assert len(seen) == 1
    assert seen.pop()[1:5] == (10, 10, 10, 5)


def test_file_that_comes_again_as_whole_chains_delists(store: Store) -> None:
    """Its quotes are stored already, and say nothing new but that."""
    snapshots = [
        snapshot("10:00:00", OLD, LATER),
        *(snapshot(time, LATER) for time in ("10:01:00", "10:02:00", "10:03:00")),
    ]
    for quotes in snapshots:
        add(store, *quotes)
    store.whole_chains = True
    for quotes in snapshots:
        add(store, *quotes)
    assert alive(store) == [LATER]
