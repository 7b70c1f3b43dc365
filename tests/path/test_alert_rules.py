"""The rules of docs/alerts.md, each replayed over the recorded session with its count."""

import re
from functools import partial
from typing import Any

import psycopg
import pytest

from pgstrike.db.paths import ROOT
from pgstrike.jobs.tasks.pool import working
from tests.conftest import ENGINES
from tests.path.conftest import Loaded
from tests.support.alerts import set_alert
from tests.support.engines import WANTED
from tests.support.quote_market import value
from tests.support.scheduled import wait_for as until
from tests.support.tasks import ask, finished, settings, wait_for_kinds

pytestmark = pytest.mark.long

RULE = re.compile(
    r"^### (?P<name>\S+)\n(?P<about>.*?)^Would have fired: (?P<count>\d+) times?\.\n"
    r".*?```sql\n(?P<statement>.*?)```",
    re.MULTILINE | re.DOTALL,
)
RULES = list(RULE.finditer((ROOT / "docs" / "alerts.md").read_text()))
ENDED = "SELECT count(*) FROM job.task WHERE id = %s AND ended_at IS NOT NULL"
# How often the PCR of all expiries rises above 0.75, by the stored figures instead of the rule.
PCR_CROSSES = """
WITH look AS (
    SELECT minute.at, (
        SELECT sum(newest.put_oi)::float8 / sum(newest.call_oi) > 0.75
        FROM (
            SELECT DISTINCT ON (stored.expiry) stored.*
            FROM fo.expiry_metrics AS stored
            WHERE stored.symbol = 'NIFTY' AND stored.as_of <= minute.at
            ORDER BY stored.expiry, stored.as_of DESC
        ) AS newest
    ) AS is_above
    FROM fo.underlying_quote AS quoted
    CROSS JOIN LATERAL (SELECT quoted.quote_time AS at) AS minute
    WHERE quoted.symbol = 'NIFTY'
)
SELECT count(*) FROM (
    SELECT is_above AND NOT lag(is_above, 1, FALSE) OVER (ORDER BY at) AS crosses FROM look
    WHERE is_above IS NOT NULL
) AS edge WHERE crosses
"""
DAY = ("2025-08-29T03:00:00Z", "2025-08-29T12:00:00Z")
MINUTES = (
    "2025-08-29T03:00:00Z",
    "2025-08-29T04:00:00Z",
)  # the first 15 of the session


def test_rules_fire_as_often_as_is_written(loaded: Loaded) -> None:
    dsn = loaded("postgres", "in_order")
    assert dsn is not None
    found = replayed(dsn, *DAY)
    written = {rule["name"]: int(rule["count"]) for rule in RULES}
    assert {name: result["firings"] for name, result in found.items()} == written, found
    with psycopg.connect(dsn) as connection:
        crosses = value(connection, PCR_CROSSES)
    assert crosses == found["pcr-crosses"]["firings"] > 0


@pytest.mark.parametrize("span", [MINUTES, DAY], ids=["minutes", "day"])
def test_rules_fire_at_the_same_minutes_on_each_engine(
    loaded: Loaded, span: tuple[str, str]
) -> None:
    here, there = (loaded(engine, "in_order") for engine in ENGINES)
    if here is None or there is None:
        pytest.skip(f"one engine only: {WANTED}")
    found = replayed(here, *span)
    assert sum(result["firings"] for result in found.values()) > 0
    assert found == replayed(there, *span)


def replayed(dsn: str, start: str, end: str) -> dict[str, dict[str, Any]]:
    """What a replay of each rule finds. The database holds BANKNIFTY too."""
    assert len(RULES) == 5
    results = {}
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        working(dsn, settings()),
    ):
        wait_for_kinds(connection)
        for rule in RULES:
            name, topics = rule["name"], re.findall("`(chain|ops)`", rule["about"])
            set_alert(
                connection,
                name,
                rule["statement"],
                symbols=["NIFTY"],
                topics=topics or ["chain"],
            )
            id = ask(connection, "replay_alert", name=name, from_=start, to=end)
            until(partial(value, connection, ENDED, id), seconds=300)
            results[name] = finished(connection, id)
            connection.execute("SELECT ops.remove_alert(%s)", [name])
    return results
