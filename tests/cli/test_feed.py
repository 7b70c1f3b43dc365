"""`pgstrike feed add` and `feed backfill`: arguments that are taken, and those refused."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.tasks.backfill import KIND
from tests.support.cli import jobs, refused
from tests.support.quote_market import select

pytestmark = pytest.mark.one_engine
SPAN = {"from": "2026-11-02T00:00+05:30", "to": "2026-11-28T00:00+05:30"}
ASK = ("--from", SPAN["from"], "--to", SPAN["to"])


def added(
    dsn: str, kind: str, *options: str, symbols: Sequence[str] = ("NIFTY", "BANKNIFTY")
) -> "subprocess.CompletedProcess[str]":
    named = (part for symbol in symbols for part in ("--symbol", symbol))
    chosen = (part for option in options for part in ("--option", option))
    words = (*named, *chosen, "--exchange", "NSE", "--off")
    return jobs(dsn, "feed", "add", "mine", kind, *words)


def add(dsn: str, kind: str, *options: str) -> None:
    done = added(dsn, kind, *options)
    assert done.returncode == 0, done.stderr


def offer(connection: psycopg.Connection) -> None:
    """As `pgstrike run` does when it begins."""
    said = [KIND.name, KIND.about, json.dumps(KIND.schema()), KIND.is_for_readers]
    connection.execute(query("note_kind"), said)


def tasks(connection: psycopg.Connection) -> dict[int, dict[str, Any]]:
    """The arguments of each task, by its id."""
    rows = select(connection, "SELECT id, kind, arguments FROM job.task ORDER BY id")
    assert {row["kind"] for row in rows} <= {"backfill"}
    return {row["id"]: row["arguments"] for row in rows}


def test_each_symbol_has_a_task_by_the_options_of_the_feed(
    dsn: str, connection: psycopg.Connection
) -> None:
    add(dsn, "kite", "expiries=3", "strikes=atm:40")
    offer(connection)
    done = jobs(dsn, "feed", "backfill", "mine", *ASK)
    assert done.returncode == 0, done.stderr
    found = tasks(connection)
    assert [*map(int, done.stdout.split())] == [*found]
    same = {"feed": "kite", "expiries": 3, "strikes": "atm:40", **SPAN}
    assert [*found.values()] == [
        {**same, "symbol": "NIFTY"},
        {**same, "symbol": "BANKNIFTY"},
    ]


def test_what_is_given_counts_more_than_the_feed(
    dsn: str, connection: psycopg.Connection
) -> None:
    add(dsn, "upstox", "expiries=3")
    offer(connection)
    given = ("--expiries", "1", "--strikes", "all")
    done = jobs(dsn, "feed", "backfill", "mine", *ASK, *given)
    assert done.returncode == 0, done.stderr
    first, _ = tasks(connection).values()
    assert (first["feed"], first["expiries"], first["strikes"]) == ("upstox", 1, "all")


def test_wait_follows_to_the_end_and_fails_with_the_task(
    dsn: str, connection: psycopg.Connection
) -> None:
    add(dsn, "kite")
    offer(connection)
    connection.execute(
        "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " new.state := 'failed'; new.error := 'the token has ended';"
        " new.ended_at := clock_timestamp(); RETURN new; END $$;"
        " CREATE TRIGGER fail BEFORE INSERT ON job.task"
        " FOR EACH ROW EXECUTE FUNCTION public.fail()"
    )
    done = jobs(dsn, "feed", "backfill", "mine", *ASK, "--wait")
    assert done.returncode == 1
    assert "failed: the token has ended" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("kind", "options", "given", "says"),
    [
        ("deribit", (), ASK, "of kind deribit, which has no past to fetch; these have"),
        ("kite", (), (*ASK[:3], "tomorrow"), "arguments.to is no time with a zone"),
        ("kite", (), (*ASK, "--strikes", "30"), "arguments.strikes"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_asks_nothing(
    dsn: str,
    connection: psycopg.Connection,
    kind: str,
    options: tuple[str, ...],
    given: tuple[str, ...],
    says: str,
) -> None:
    add(dsn, kind, *options)
    offer(connection)
    assert says in refused(jobs(dsn, "feed", "backfill", "mine", *given))
    assert tasks(connection) == {}


def test_option_that_a_feed_was_set_to_in_sql_is_judged_by_the_task(
    dsn: str, connection: psycopg.Connection
) -> None:
    add(dsn, "kite")
    offer(connection)
    connection.execute('UPDATE job.feed SET options = \'{"expiries": "two"}\'')
    assert "arguments.expiries" in refused(jobs(dsn, "feed", "backfill", "mine", *ASK))
    assert tasks(connection) == {}


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("kite", ("expiries=two",), "expiries is 'two'; give a number such as 2"),
        ("kite", ("lot=75", "lot=35"), "--option lot: give it once"),
        ("kite", ("=75",), "--option =75: write it as NAME=VALUE"),
        ("kite", ("totp=1",), "looks like a secret"),
    ],
)
def test_what_a_kind_cannot_do_is_refused_and_changes_nothing(
    dsn: str,
    connection: psycopg.Connection,
    kind: str,
    options: tuple[str, ...],
    says: str,
) -> None:
    add(dsn, "kite", "expiries=3")
    before = select(connection, "SELECT * FROM job.feed")
    assert says in refused(added(dsn, kind, *options, symbols=["NIFTY", "NEW"]))
    assert select(connection, "SELECT * FROM job.feed") == before
    assert select(connection, "SELECT FROM fo.instrument WHERE symbol = 'NEW'") == []


def test_feed_that_is_not_there_and_a_kind_that_nobody_offers(
    dsn: str, connection: psycopg.Connection
) -> None:
    said = refused(jobs(dsn, "feed", "backfill", "mine", *ASK))
    assert "there is no feed mine" in said
    add(dsn, "kite")
    said = refused(jobs(dsn, "feed", "backfill", "mine", *ASK))
    assert "there is no kind of task 'backfill'" in said
