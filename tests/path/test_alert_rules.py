"""The rules of docs/alerts.md, each replayed over the recorded session with its count."""

import re
from functools import partial
from pathlib import Path

import psycopg

from pgstrike.db.paths import ROOT
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.tasks.pool import working
from tests.support.alerts import set_alert
from tests.support.quote_market import value
from tests.support.recordings import LOTS, ingest, recording
from tests.support.scheduled import wait_for as until
from tests.support.tasks import ask, finished, settings

RULE = re.compile(
    r"^### (?P<name>\S+)\n(?P<about>.*?)^Would have fired: (?P<count>\d+) times?\.\n"
    r".*?```sql\n(?P<statement>.*?)```",
    re.MULTILINE | re.DOTALL,
)
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
SPAN = {"from_": "2025-08-29T03:00:00Z", "to": "2025-08-29T12:00:00Z"}


def test_rules_fire_as_often_as_is_written(
    connection: psycopg.Connection, dsn: str, data: Path
) -> None:
    rules = list(RULE.finditer((ROOT / "docs" / "alerts.md").read_text()))
    assert len(rules) == 5
    ingest(dsn, recording(data, "NIFTY"), LOTS["NIFTY"])
    refresh_all(connection)
    found, failed = {}, {}
    with working(dsn, settings()):
        until(lambda: value(connection, "SELECT count(*) FROM job.task_kind") >= 5)
        for rule in rules:
            topics = re.findall("`(chain|ops)`", rule["about"]) or ["chain"]
            set_alert(connection, rule["name"], rule["statement"], topics=topics)
            id = ask(connection, "replay_alert", name=rule["name"], **SPAN)
            ended = (
                "SELECT count(*) FROM job.task WHERE id = %s AND ended_at IS NOT NULL"
            )
            until(partial(value, connection, ended, id), seconds=300)
            result = finished(connection, id)
            found[rule["name"]] = result["firings"]
            failed[rule["name"]] = (result["failed"], result["error"])
    assert found == {rule["name"]: int(rule["count"]) for rule in rules}, failed
    assert value(connection, PCR_CROSSES) == found["pcr-crosses"] > 0
