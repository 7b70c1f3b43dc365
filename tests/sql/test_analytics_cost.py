"""What the volatility analytics read does not grow with history, and comes by an index."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta

import psycopg
import pytest

from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import Cluster
from tests.support.engines import clone
from tests.support.history import trading_days
from tests.support.plans import plan_nodes
from tests.support.quote_market import EXPIRY, FRIDAY, LATER, Quote, add, open_store

FEW, MANY = 4, 16
pytestmark = pytest.mark.both_engines
TIMES = ("09:16:00", "09:21:00", "11:00:00", "15:29:00")


@pytest.fixture(scope="module")
def histories(cluster: Cluster) -> Iterator[list[str]]:
    """The same last days, after few and after many sessions."""
    with ExitStack() as stack:
        dsns = [
            stack.enter_context(
                clone(cluster.server, cluster.template, f"cost_{count}")
            )
            for count in (FEW, MANY)
        ]
        for dsn, count in zip(dsns, (FEW, MANY), strict=True):
            build(dsn, count)
        yield dsns


def build(dsn: str, sessions: int) -> None:
    """Chains of this week's expiry, which dies, and of three later ones."""
    store = open_store(dsn)
    with store.connection:
        for day in (*trading_days(sessions - 1, FRIDAY), FRIDAY):
            for time in TIMES:
                chains = [chain(time, day, expiry) for expiry in expiries_of(day)]
                add(store, *(quote for each in chains for quote in each))
        refresh_all(store.connection)
        store.connection.execute("ANALYZE")


def expiries_of(day: date) -> list[date]:
    tuesday = day + timedelta(days=(1 - day.weekday()) % 7)
    return sorted(
        {tuesday, EXPIRY + timedelta(days=7), LATER, LATER + timedelta(days=28)}
    )


def chain(time: str, day: date, expiry: date) -> list[Quote]:
    underlying = 24_600.0 + day.day
    leg = {"ltp": 100.0, "bid": 99.0, "ask": 101.0, "oi": 75, "iv": 0.1 + day.day / 400}
    return [
        Quote(time, 24_400.0 + 50 * step, leg, leg, underlying, day, expiry)
        for step in range(9)
    ]


def rows_read(dsn: str, call: str) -> int:
    """How many rows were fetched from relations, those thrown away included."""
    read = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Tables as small as these would be read whole.
        connection.execute("SET enable_seqscan = off")
        for node in plan_nodes(connection, f"SELECT count(*) FROM analytics.{call}"):
            if "Relation Name" in node:
                rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                read += round(rows * node["Actual Loops"])
    return read


AT = "'2025-08-29 06:00Z'"
CALLS = [
    f"smile('NIFTY', '{EXPIRY}')",
    f"smile('NIFTY', '{EXPIRY}', {AT})",
    "smile('NIFTY')",
    f"smile('NIFTY', NULL, {AT})",
    "surface('NIFTY')",
    f"surface('NIFTY', {AT})",
    f"skew('NIFTY', '{EXPIRY}')",
    f"exposure_levels('NIFTY', '{EXPIRY}', {AT})",
    f"term_structure('NIFTY', {AT})",
    "constant_maturity_iv('NIFTY')",
    f"constant_maturity_iv('NIFTY', {AT})",
    f"iv_rank('NIFTY', {AT}, 2)",
    "iv_rank('NIFTY', NULL, 2)",
    f"realised_volatility('NIFTY', {AT}, 2)",
    "realised_volatility('NIFTY', NULL, 2)",
    "expiry_series('NIFTY', 'pcr_oi')",
    f"expiry_series('NIFTY', 'pcr_oi', '{{{EXPIRY}}}', '1min')",
    f"straddle_series('NIFTY', '{EXPIRY}')",
    "max_pain_series('NIFTY')",
    "exposure_series('NIFTY')",
    "move_series('NIFTY')",
    f"fixed_straddle_series('NIFTY', '{EXPIRY}', 24600)",
    "features('NIFTY')",
    f"features('NIFTY', {AT})",
]


@pytest.mark.parametrize("call", CALLS)
def test_cost_is_that_of_the_answer(histories: list[str], call: str) -> None:
    """A row or two for the edges of one more partition, and no more."""
    few, many = (rows_read(dsn, call) for dsn in histories)
    assert 0 < many <= few + 2


def test_rank_reads_a_row_per_session_and_expiry(histories: list[str]) -> None:
    """And the daily bar of each session."""
    few, many = (
        rows_read(histories[1], f"iv_rank('NIFTY', NULL, {sessions})")
        for sessions in (2, 12)
    )
    assert many - few == 10 * (4 + 1)
