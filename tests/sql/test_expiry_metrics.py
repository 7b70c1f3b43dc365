"""Every column of fo.expiry_metrics against the oracle, on random chains of each kind."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from jobs.refresh import refresh_all
from jobs.store import Store
from tests.sql.chains import KINDS, RATE, last_minute
from tests.sql.market import EXPIRY, FRIDAY, LATER, MONDAY, Quote, add, ist, select
from tests.sql.oracle_metrics import (
    chains_at,
    last_of_each_minute,
    measured,
    read_quotes,
    slack,
    unlike,
)

Key = tuple[datetime, Any]


def stored_series(connection: psycopg.Connection) -> dict[Key, dict[str, Any]]:
    rows = select(connection, "SELECT * FROM fo.expiry_metrics WHERE symbol = 'NIFTY'")
    return {(row["as_of"], row["expiry"]): row for row in rows}


def differences(connection: psycopg.Connection) -> list[str]:
    """Where the stored series, and what is answered of its moments, is not the oracle's."""
    quotes = read_quotes(connection, "NIFTY")
    moments = last_of_each_minute(quotes)
    expected = measured(quotes, moments, RATE)
    allowed = {
        (chain.as_of, chain.expiry): slack(chain)
        for moment in moments
        for chain in chains_at(quotes, moment, RATE)
    }
    stored = stored_series(connection)
    answered = {
        (row["as_of"], row["expiry"]): row
        for moment in moments
        for row in select(
            connection,
            "SELECT * FROM analytics.expiry_metrics('NIFTY', NULL, %s)",
            moment,
        )
    }
    assert set(stored) == set(answered) == set(expected) != set()
    return [
        f"{name} {key}: {said}"
        for key, wanted in expected.items()
        for name, found in (("stored", stored), ("answered", answered))
        for said in unlike(wanted, found[key], allowed[key])
    ]


def some(random: np.random.Generator, quotes: list[Quote]) -> list[Quote]:
    """At least one of them."""
    return [quotes[0], *(quote for quote in quotes[1:] if random.random() < 0.7)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_random_chains(store: Store, kind: str, seed: int) -> None:
    """Two expiries, in two sessions, and strikes that were quoted at other moments."""
    random, make = np.random.default_rng(seed), KINDS[kind]
    for time, day in (("15:29:00", FRIDAY), ("09:16:00", MONDAY), ("09:17:30", MONDAY)):
        for expiry in (EXPIRY, LATER):
            add(store, *some(random, make(random, time, day, expiry)))
    refresh_all(store.connection)
    assert differences(store.connection) == []
