"""What is priced as a batch is stored: the forward, IV and Greeks, and what they rest on."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.copy_quotes import copy_quotes
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.pricing.greeks import greeks, price
from pgstrike.jobs.pricing.pricing import FED, IvStatus
from tests.support.quote_market import EXPIRY, LATER, Quote, add, batch_of, ist, select

RATE, VOL = 0.065, 0.14
STRIKES = (24_400, 24_500, 24_600, 24_700, 24_800)


@pytest.fixture
def store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=RATE, horizon=timedelta(days=30))


def years(time: str, expiry: Any = EXPIRY) -> float:
    return (ist("15:30:00", expiry) - ist(time)).total_seconds() / (365 * 86_400)


def chain(
    time: str, forward: float, *strikes: float, expiry: Any = EXPIRY, **call: float
) -> list[Quote]:
    """Both legs, each with a narrow market around what Black-76 gives."""
    quotes = []
    for strike in strikes or STRIKES:
        legs = {}
        for leg in ("call", "put"):
            tau = years(time, expiry)
            fair = float(price(forward, strike, tau, VOL, RATE, leg == "call"))
            legs[leg] = {
                "ltp": fair,
                "bid": fair * 0.999,
                "ask": fair * 1.001,
                "oi": 75,
            }
        legs["call"] |= call
        quotes.append(Quote(time, strike, legs["call"], legs["put"], expiry=expiry))
    return quotes


def stored(connection: psycopg.Connection) -> list[dict[str, Any]]:
    return select(
        connection, "SELECT * FROM fo.option_quote ORDER BY quote_time, expiry, strike"
    )


def test_quotes_are_priced_with_the_parity_forward(
    store: Store, connection: psycopg.Connection
) -> None:
    """Also where the feed brings an underlying."""
    quotes = [q._replace(underlying=24_000.0) for q in chain("10:00:00", 24_610.0)]
    add(store, *quotes)
    rows = stored(connection)
    assert [row["strike"] for row in rows] == list(STRIKES)
    for row in rows:
        assert row["underlying"] == 24_000 and row["underlying_source"] == "feed"
        assert row["forward"] == pytest.approx(24_610)
        assert row["forward_source"] == "parity"
        for leg in ("call", "put"):
            assert row[f"{leg}_iv_status"] in ("solved", "twin")
            assert row[f"{leg}_iv"] == pytest.approx(VOL, rel=1e-3)
            expected = greeks(
                row["forward"],
                row["strike"],
                years("10:00:00"),
                row[f"{leg}_iv"],
                RATE,
                leg == "call",
            )
            assert row[f"{leg}_delta"] == pytest.approx(float(expected.delta))
            assert row[f"{leg}_vega"] == pytest.approx(float(expected.vega_per_point))


def test_feeds_own_figures_are_kept_and_marked(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *chain("10:00:00", 24_610.0, iv=0.2, delta=0.5))
    for row in stored(connection):
        assert (row["call_iv"], row["call_delta"]) == (0.2, 0.5)
        assert (row["call_iv_status"], row["call_fed"]) == ("feed", 3)
        assert row["put_fed"] == 0
        assert row["call_gamma"] is not None


@pytest.mark.parametrize("fed", FED)
def test_same_quotes_again_are_unchanged_though_much_of_them_was_computed(
    store: Store, connection: psycopg.Connection, fed: str
) -> None:
    """Whichever figure the feed brought, it is told from what was computed."""
    quotes = chain("10:00:00", 24_610.0, **{fed: 0.25})
    add(store, *quotes)
    before = stored(connection)
    assert add(store, *quotes).unchanged == len(quotes)
    assert stored(connection) == before


def test_rest_of_a_snapshot_prices_its_first_part_anew(
    store: Store, connection: psycopg.Connection
) -> None:
    """Two strikes with wide markets have no parity forward; five have one."""
    quotes = [
        quote._replace(call={**quote.call, "ask": 1.1 * (quote.call["ask"] or 0)})
        for quote in chain("10:00:00", 24_610.0)
    ]
    add(store, *quotes[:2])
    assert {row["call_iv_status"] for row in stored(connection)} == {"no_forward"}
    add(store, *quotes[2:])
    whole = stored(connection)
    connection.execute(
        "TRUNCATE fo.option_quote, fo.underlying_quote, fo.contract, fo.event,"
        " job.stale_bucket"
    )
    connection.execute("UPDATE fo.instrument SET clock = NULL")
    add(store, *quotes)
    assert stored(connection) == whole


def test_expiry_without_a_forward_has_the_nearest_one_carried_at_the_rate(
    store: Store, connection: psycopg.Connection
) -> None:
    add(
        store,
        *chain("10:00:00", 24_610.0),
        Quote("10:00:00", 24_600, {"ltp": 700.0}, expiry=LATER),
    )
    [row] = [row for row in stored(connection) if row["expiry"] == LATER]
    days = (LATER - EXPIRY).days
    spot = 24_610 * np.exp(-RATE * years("10:00:00"))
    assert (row["underlying"], row["underlying_source"]) == (
        pytest.approx(spot),
        "parity",
    )
    assert row["forward"] == pytest.approx(24_610 * np.exp(RATE * days / 365))
    assert row["forward_source"] == "other_expiry"


def test_dropped_leg_has_no_volatility(
    store: Store, connection: psycopg.Connection
) -> None:
    add(store, *chain("10:00:00", 24_610.0, volume=7_500, iv=0.2))
    *others, last = chain("10:01:00", 24_610.0, volume=7_500, iv=0.2)
    add(store, *others, last._replace(call={**last.call, "volume": 0, "oi": 0}))
    *_, row = stored(connection)
    assert row["call_dropout"] and row["call_iv"] is None
    assert (row["call_iv_status"], row["call_fed"]) == ("no_market", 0)
    assert row["call_delta"] is None and row["put_iv"] is not None


def test_statuses_have_the_same_names_in_sql(connection: psycopg.Connection) -> None:
    for status in IvStatus:
        [row] = select(connection, "SELECT ops.iv_status(%s::smallint) AS name", status)
        assert row["name"] == status.name.lower()


def test_batch_that_was_not_priced_is_refused(store: Store) -> None:
    """Or its quotes would be missing from the table without a word."""
    batch = batch_of(chain("10:00:00", 24_610.0))
    with (
        pytest.raises(psycopg.errors.RaiseException, match="5 quotes have no row"),
        store.connection.transaction(),
        store.connection.cursor() as cursor,
    ):
        copy_quotes(store.connection, batch.rows)
        cursor.execute(query("derive_batch"), store.arguments(batch))
        cursor.execute(query("store_batch"), [0])
