"""The job `alerts`: which alerts it looks at, when they fire, and what is noted of it."""

import logging
from datetime import timedelta

import psycopg
import pytest

from pgstrike.db.log_ring import RING
from pgstrike.jobs.alerts import looking
from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.schedule.log_lines import store_lines
from tests.support.alerts import firings, set_alert
from tests.support.grants import acting, add_key
from tests.support.live_market import OPEN, append, open_store, quote, refresh
from tests.support.quote_market import events, select, value

RISES = "SELECT strike FROM analytics.chain(asked.symbol) WHERE underlying > 24600"


def move(connection: psycopg.Connection, minutes: float, underlying: float) -> None:
    """A snapshot that moves the underlying."""
    quote(open_store(connection), minutes, underlying=underlying)
    refresh(connection)


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    move(connection, 0, 24500)
    return connection


def test_alert_fires_at_its_edge_only(market: psycopg.Connection) -> None:
    set_alert(market, "rises", RISES)
    assert look_at_alerts(market) == 0
    for minutes, underlying in ((1, 24700), (2, 24710), (3, 24500), (4, 24700)):
        move(market, minutes, underlying)
        look_at_alerts(market)
    found = firings(market, "rises")
    assert [each["fired_at"] - OPEN for each in found] == [
        timedelta(minutes=minutes) for minutes in (4, 1)
    ]
    assert {row["strike"] for row in found[0]["rows"]} >= {24400, 24600}
    told = events(market, "alert")
    assert [each["firing"] for each in told] == [each["id"] for each in reversed(found)]
    assert told[0]["alert"] == "rises" and told[0]["key"] == "*"
    assert told[0]["fired_at"] == "2025-08-29T03:46:00+00:00"


def test_session_of_the_job_is_not_the_readers(market: psycopg.Connection) -> None:
    """The job keeps its session: the next turn must find it as it was."""
    [[_, seeded]] = market.execute("SELECT setseed(0.5), random()").fetchall()
    set_alert(market, "seeds", "SELECT setseed(0.5)")
    assert look_at_alerts(market) == 1
    assert value(market, "SELECT random()") != seeded


def test_cooldown_is_of_the_market(market: psycopg.Connection) -> None:
    set_alert(market, "rises", RISES, cooldown=600)
    for minutes, underlying in (
        (1, 24700), (2, 24500), (10, 24700), (11.5, 24500), (12, 24700),
    ):  # fmt: skip
        move(market, minutes, underlying)
        look_at_alerts(market)
    assert [each["fired_at"] - OPEN for each in firings(market, "rises")] == [
        timedelta(minutes=minutes) for minutes in (12, 1)
    ]


def test_only_events_that_matter_have_it_looked_at(market: psycopg.Connection) -> None:
    looks = "SELECT max(event) FROM job.alert_state"
    set_alert(market, "rises", RISES, topics=["ops"], symbols=["NIFTY"])
    look_at_alerts(market)
    first = value(market, looks)
    move(market, 1, 24700)
    append(market, 1, symbol="BANKNIFTY")
    look_at_alerts(market)
    assert value(market, looks) == first
    append(market, 2, symbol="NIFTY")
    assert look_at_alerts(market) == 1
    assert value(market, looks) > first
    assert look_at_alerts(market) == 0


def test_line_of_the_log_makes_no_alert_due(market: psycopg.Connection) -> None:
    set_alert(
        market, "breaks", "SELECT 1 / (asked.clock < 'epoch')::integer", topics=["ops"]
    )
    RING.take()
    assert look_at_alerts(market) == 0
    looked = "SELECT max(event) FROM job.alert_state"
    first = value(market, looked)
    RING.add(logging.makeLogRecord({"msg": "it failed", "levelno": logging.WARNING}))
    store_lines(market, "run")
    assert value(market, "SELECT max(id) FROM fo.event") > first
    look_at_alerts(market)
    assert value(market, looked) == first


def test_failure_is_noted_and_stops_no_other(market: psycopg.Connection) -> None:
    set_alert(market, "breaks", "SELECT 1 / (asked.clock < 'epoch')::integer")
    set_alert(market, "works", "SELECT asked.symbol")
    assert look_at_alerts(market) == 1
    [breaks, works] = select(market, "SELECT * FROM ops.alerts()")
    assert breaks["error"] == "division by zero"
    assert works["error"] is None and works["firings"] == 1


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT set_config('role', 'postgres', FALSE)", "cannot set parameter"),
        ("SELECT current_setting('data_directory')", "permission denied"),
    ],
)
def test_holder_is_told_what_was_refused_and_no_operators_advice(
    market: psycopg.Connection, statement: str, says: str
) -> None:
    set_alert(market, "tries", statement)
    look_at_alerts(market)
    error = value(market, "SELECT error FROM job.alert_state")
    assert says in error and "PGSTRIKE_DSN" not in error and "upgrade" not in error


def test_slow_alerts_of_a_key_hold_up_no_other_key(
    market: psycopg.Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key has its time in each turn, and its alerts come one after the other."""
    monkeypatch.setattr(looking, "KEY_SECONDS", 1e-9)  # one alert takes longer
    for key, alerts in (("slow", ("a", "b", "c")), ("quick", ("d",))):
        add_key(market, key, key)
        with acting(dsn, key) as holder:
            for alert in alerts:
                set_alert(holder, alert, "SELECT 1 AS one", symbols=["NIFTY"])
    seen = []
    for minutes in (1, 2, 3):
        fired = {each["alert"] for each in events(market, "alert")}
        look_at_alerts(market)
        now = {each["alert"] for each in events(market, "alert")}
        seen.append(now - fired)
        move(market, minutes, 24500)
    assert seen == [{"a", "d"}, {"b"}, {"c"}]


def test_alert_that_is_off_or_of_a_revoked_key_rests(
    market: psycopg.Connection, dsn: str
) -> None:
    add_key(market, "gone", "gone")
    with acting(dsn, "gone") as gone:
        set_alert(gone, "always", "SELECT 1 AS one")
    set_alert(market, "off", "SELECT 1 AS one", is_on=False)
    market.execute("UPDATE job.api_key SET revoked_at = now()")
    assert look_at_alerts(market) == 0
