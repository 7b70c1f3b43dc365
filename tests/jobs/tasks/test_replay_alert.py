"""A replay says when an alert would have fired: as the job did, at the same instants."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

import psycopg
import pytest

from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.tasks.pool import working
from tests.support.alerts import firings, set_alert
from tests.support.cli import jobs, refused
from tests.support.live_market import open_store, quote, refresh
from tests.support.quote_market import events, value
from tests.support.tasks import ask, finished, settings, wait_for, wait_for_kinds

SPAN = {"from_": "2025-08-29T00:00:00Z", "to": "2025-08-30T00:00:00Z"}
RISES = (
    "SELECT strike FROM analytics.chain(asked.symbol, NULL, asked.at)"
    " WHERE underlying > 24600 LIMIT 1"
)


@pytest.fixture
def market(connection: psycopg.Connection, dsn: str) -> Iterator[psycopg.Connection]:
    """Half an hour, in which the underlying is twice above 24600."""
    store = open_store(connection)
    for minutes in range(31):
        is_above = 5 <= minutes < 8 or 20 <= minutes < 25
        quote(store, minutes, underlying=24700 if is_above else 24500, seed=minutes)
    refresh(connection)
    with working(dsn, settings()):
        wait_for_kinds(connection)
        yield connection


def test_replay_finds_each_edge(market: psycopg.Connection) -> None:
    set_alert(market, "rises", RISES, sinks=["desk"])
    found = finished(market, ask(market, "replay_alert", name="rises", **SPAN))
    assert found["looks"] == 31 and found["firings"] == 2
    assert [each["fired_at"][11:16] for each in found["fired"]] == ["03:50", "04:05"]
    assert value(market, "SELECT count(*) FROM job.alert_firing") == 0
    assert events(market, "alert") == []
    set_alert(market, "rises", RISES, cooldown=3600)
    found = finished(market, ask(market, "replay_alert", name="rises", **SPAN))
    assert found["firings"] == 1


@pytest.mark.long
@pytest.mark.second_later
def test_replay_fires_when_live_did(connection: psycopg.Connection, dsn: str) -> None:
    """A snapshot every 20 s; some edges lie between two minutes. Two rules, one by ops too."""
    random = Random(7)
    store = open_store(connection)
    for name, cooldown, topics in (
        ("rises", 0, ["chain"]), ("rarely", 120, ["chain"]), ("both", 0, ["chain", "ops"]),
    ):  # fmt: skip
        set_alert(connection, name, RISES, cooldown=cooldown, topics=topics)
    for number in range(60):
        above = random.random() < 0.4
        quote(store, number / 3, underlying=24700 if above else 24500, seed=number)
        refresh(connection)
        look_at_alerts(connection)
    with working(dsn, settings()):
        wait_for_kinds(connection)
        for name in ("rises", "rarely", "both"):
            live = [each["fired_at"] for each in reversed(firings(connection, name))]
            found = finished(
                connection, ask(connection, "replay_alert", name=name, **SPAN)
            )
            told = [datetime.fromisoformat(each["fired_at"]) for each in found["fired"]]
            assert told == live and len(live) > 3
            assert found["looks"] >= 60
            seconds = {fired.second for fired in live}
            assert name == "rarely" or seconds == {0, 20, 40}


def test_silent_minutes_are_looked_at_where_ops_is_followed(
    market: psycopg.Connection,
) -> None:
    store = open_store(market)
    quote(store, 40)
    silent = "SELECT 1 AS one WHERE asked.at BETWEEN %s AND %s"
    silent = silent.replace("%s", "'2025-08-29T04:16:00Z'", 1)
    silent = silent.replace("%s", "'2025-08-29T04:24:00Z'")
    for topics, firings_then in ((["chain"], 0), (["chain", "ops"], 1)):
        set_alert(market, "silent", silent, topics=topics)
        found = finished(market, ask(market, "replay_alert", name="silent", **SPAN))
        assert found["firings"] == firings_then
        assert found["looks"] == 32 + 9 * firings_then


def test_failing_looks_are_counted(market: psycopg.Connection) -> None:
    at = "'2025-08-29T03:55:00Z'"
    set_alert(market, "a", f"SELECT 1 / (asked.at <> {at})::integer AS one")
    found = finished(market, ask(market, "replay_alert", name="a", **SPAN))
    assert (found["firings"], found["failed"]) == (1, 1)
    assert found["error"].endswith("division by zero")


@pytest.mark.one_engine
def test_replay_without_an_alert_or_a_session_fails(
    market: psycopg.Connection,
) -> None:
    set_alert(market, "a", "SELECT 1 AS one")
    spans = (
        ({"name": "nosuch", **SPAN}, "no alert nosuch"),
        ({**SPAN, "name": "a", "from_": "2025-08-29T18:00:00Z"}, "nothing from"),
    )
    for arguments, says in spans:
        row = wait_for(market, ask(market, "replay_alert", **arguments), "failed")
        assert says in row["error"]


@pytest.mark.one_engine
def test_commands(market: psycopg.Connection, dsn: str) -> None:
    jobs(dsn, "alert", "add", "rises", RISES, "--symbol", "NIFTY")
    assert "rises" in jobs(dsn, "alert", "list").stdout
    said = jobs(dsn, "alert", "test", "SELECT asked.symbol", "--symbol", "NIFTY").stdout
    assert said == '{"symbol": "NIFTY"}\n'
    span = ("--from", SPAN["from_"], "--to", SPAN["to"])
    assert '"firings": 2' in jobs(dsn, "alert", "replay", "rises", *span).stdout
    for words, says in (
        (
            ("--from", SPAN["to"], "--to", SPAN["to"]),
            "to is no later than arguments.fro",
        ),
        (("--from", "today", "--to", SPAN["to"]), "from is no time with a zone"),
        ((*span, "--symbol", "NIFTI"), 'unknown symbol "NIFTI"'),
    ):
        assert says in refused(jobs(dsn, "alert", "replay", "rises", *words))
    assert value(market, "SELECT count(*) FROM job.task") == 1
    assert jobs(dsn, "alert", "firings", "rises").stdout == ""
    assert "the SELECT cannot be run" in refused(
        jobs(dsn, "alert", "add", "b", "SELECT nosuch")
    )
    jobs(dsn, "alert", "remove", "rises")
    assert "no alert rises" in refused(jobs(dsn, "alert", "firings", "rises"))
