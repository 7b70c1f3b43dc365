"""ops.ask_task and its neighbours: who may ask, what is claimed, and what counts no more."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.grants import acting
from tests.support.logins import reader_login
from tests.support.quote_market import events, value
from tests.support.tasks import ask, task

SCHEMA = (
    '{"properties": {"symbol": {"type": "string"}, "symbols": {}, "n": {}},'
    ' "required": ["symbol"]}'
)


@pytest.fixture
def kinds(connection: psycopg.Connection) -> psycopg.Connection:
    """Two kinds of tasks: for administrators, and for readers."""
    for name, is_for_readers in (("work", False), ("look", True)):
        connection.execute(
            "SELECT ops.note_kind(%s, '', %s, %s)", [name, SCHEMA, is_for_readers]
        )
    return connection


@pytest.fixture
def worker(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def claim(connection: psycopg.Connection, *kinds: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM ops.claim_task(%s)", [list(kinds or ("work", "look"))]
    ).fetchone()
    return row and int(row[0])


def advance(connection: psycopg.Connection, id: int, attempt: int, done: float) -> bool:
    return bool(
        value(
            connection,
            "SELECT ops.advance_task(%s, %s, %s, 'so far', '{}')",
            id, attempt, done,
        )
    )  # fmt: skip


def states(connection: psycopg.Connection) -> list[str]:
    return [event["state"] for event in events(connection, "task")]


def refused(connection: psycopg.Connection, *asked: Any, **arguments: Any) -> str:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
        ask(connection, *asked, **arguments)
    assert error.value.diag.message_hint
    return str(error.value.diag.constraint_name)


def test_each_change_of_state_is_an_event(
    kinds: psycopg.Connection, worker: psycopg.Connection
) -> None:
    id = ask(kinds, "work", symbol="NIFTY")
    assert claim(worker) == id and claim(worker) is None
    assert advance(worker, id, 1, 0.5)
    assert value(worker, "SELECT ops.end_task(%s, 1, 'completed', '[1]', NULL)", id)
    assert states(kinds) == ["pending", "running", "completed"]
    [*_, last] = events(kinds, "task")
    assert (last["task"], last["symbol"], last["progress"]) == (id, "NIFTY", 1)
    assert "arguments" not in last and "asked_by" not in last and "result" not in last
    row = task(kinds, id)
    assert row["result"] == [1] and row["ended_at"] >= row["started_at"]


def test_events_of_progress_keep_half_a_second_apart(
    kinds: psycopg.Connection, worker: psycopg.Connection
) -> None:
    id = ask(kinds, "work", symbol="NIFTY")
    claim(worker)
    for step in range(1, 50):
        assert advance(worker, id, 1, step / 50)
    assert len(states(kinds)) < 30
    kinds.execute("UPDATE job.task SET told_at = told_at - interval '0.5 s'")
    before = len(states(kinds))
    assert advance(worker, id, 1, 0.99)
    assert len(states(kinds)) == before + 1
    assert 0 <= task(kinds, id)["seconds_left"] < 60


def test_same_key_gives_the_same_task(kinds: psycopg.Connection) -> None:
    id = ask(kinds, "work", "a-key", symbol="NIFTY")
    assert ask(kinds, "work", "a-key", symbol="NIFTY") == id
    assert (
        refused(kinds, "work", "a-key", symbol="FINNIFTY") == "idempotency_key_reused"
    )
    kinds.execute(
        "UPDATE job.task SET state = 'completed', ended_at = now() - interval '25 hours'"
    )
    assert ask(kinds, "work", "a-key", symbol="NIFTY") != id


def test_finished_task_is_kept_for_a_day(kinds: psycopg.Connection) -> None:
    ids = [ask(kinds, "work", symbol="NIFTY") for _ in range(4)]
    for id, hours in zip(ids, (23, 25, -1, -25), strict=True):
        kinds.execute(
            "UPDATE job.task SET ended_at = now() - make_interval(hours => %s) WHERE id = %s",
            [hours, id],
        )
    kinds.execute("SELECT ops.prune_tasks()")
    assert value(kinds, "SELECT array_agg(id ORDER BY id) FROM job.task") == [
        ids[0], ids[2],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "arguments", "code"),
    [
        ("none", {}, "unknown_kind"),
        ("work", {"symbol": "NIFTY", "x": 1}, "bad_argument"),
        ("work", {"n": 1}, "bad_argument"),
        ("work", {"symbol": "N" * 10_000}, "bad_argument"),
        ("look", {"symbol": "NIFTI"}, "unknown_symbol"),
        ("look", {"symbol": "NIFTY", "symbols": ["NIFTY", "X"]}, "unknown_symbol"),
    ],
)
def test_wrong_task_is_refused(
    kinds: psycopg.Connection, kind: str, arguments: dict[str, Any], code: str
) -> None:
    assert refused(kinds, kind, **arguments) == code
    assert value(kinds, "SELECT count(*) FROM job.task") == 0


def test_rights_are_those_of_the_key(dsn: str, kinds: psycopg.Connection) -> None:
    for name, rights in (
        ("boss", "NULL, NULL, TRUE"),
        ("one", "NULL, '{task}', FALSE"),
        ("two", "NULL, '{task}', FALSE"),
        ("blind", "NULL, '{chain}', FALSE"),
        ("bank", "'{BANKNIFTY}', '{task}', FALSE"),
    ):
        kinds.execute(
            "INSERT INTO job.api_key (name, symbols, topics, is_admin)"
            f" VALUES ('{name}', {rights})".encode()
        )
    with (
        acting(dsn, "one") as one,
        acting(dsn, "two") as two,
        acting(dsn, "boss") as boss,
        acting(dsn, "blind") as blind,
        acting(dsn, "bank") as bank,
    ):
        id = ask(one, "look", symbol="NIFTY")
        assert task(kinds, id)["asked_by"] == "one"
        assert refused(one, "work", symbol="NIFTY") == "not_allowed"
        assert refused(blind, "look", symbol="NIFTY") == "topic_not_allowed"
        assert refused(bank, "look", symbol="NIFTY") == "unknown_symbol"
        own = ask(bank, "look", symbol="BANKNIFTY")
        kinds.execute("DELETE FROM job.task WHERE id = %s", [own])
        seen = [
            value(each, "SELECT count(*) FROM ops.tasks()")
            for each in (one, two, boss, blind)
        ]
        assert seen == [1, 0, 1, 0]
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="no task"):
            two.execute("SELECT ops.cancel_task(%s)", [id])
        assert value(boss, "SELECT ops.cancel_task(%s)", id) == "cancelled"
        own = ask(boss, "work", symbol="NIFTY")
        assert value(one, "SELECT count(*) FROM ops.tasks(%s)", own) == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one.execute("SELECT ops.claim_task('{look}')")


def test_asker_has_a_bounded_number_of_tasks(kinds: psycopg.Connection) -> None:
    kinds.execute(
        "INSERT INTO job.task (kind, arguments, asked_by, idempotency_key)"
        " SELECT 'work', '{}', '*', n FROM generate_series(1, 100) AS n"
    )
    assert refused(kinds, "work", symbol="NIFTY") == "too_many_tasks"
    kinds.execute('UPDATE job.task SET arguments = \'{"symbol": "NIFTY"}\'')
    assert ask(kinds, "work", "7", symbol="NIFTY")


def test_login_holds_no_event_up(kinds: psycopg.Connection, dsn: str) -> None:
    """In an open transaction it has asked, and events go on; its own comes by a worker."""
    with reader_login(kinds) as login, psycopg.connect(login) as reader:
        id = ask(reader, "look", symbol="NIFTY")
        kinds.execute("SET lock_timeout = '5s'")
        other = ask(kinds, "work", symbol="NIFTY")
        reader.commit()
        assert [event["task"] for event in events(kinds, "task")] == [other]
        kinds.execute("SELECT ops.look_for_tasks('{}')")
        assert [event["task"] for event in events(kinds, "task")] == [other, id]
        assert value(reader, "SELECT ops.cancel_task(%s)", id) == "cancelled"
        reader.commit()


def test_cancelled_task_takes_nothing_more(
    kinds: psycopg.Connection, worker: psycopg.Connection
) -> None:
    id = ask(kinds, "work", symbol="NIFTY")
    claim(worker)
    assert value(kinds, "SELECT ops.cancel_task(%s)", id) == "cancelled"
    assert not advance(worker, id, 1, 0.5)
    assert not value(worker, "SELECT ops.end_task(%s, 1, 'completed', NULL, NULL)", id)
    assert value(kinds, "SELECT ops.cancel_task(%s)", id) == "cancelled"
    assert claim(worker) is None
    assert states(kinds) == ["pending", "running", "cancelled"]


def test_task_of_a_session_that_is_gone_goes_on(
    kinds: psycopg.Connection, worker: psycopg.Connection, dsn: str
) -> None:
    id = ask(kinds, "work", symbol="NIFTY")
    with psycopg.connect(dsn, autocommit=True) as first:
        claim(first)
        assert advance(first, id, 1, 0.5)
        assert claim(worker) is None
        pid = first.info.backend_pid
    wait_until_gone(kinds, pid)
    assert claim(worker, "look") is None
    assert claim(worker) == id
    row = task(kinds, id)
    assert (row["attempt"], row["progress"], row["checkpoint"]) == (2, 0.5, {})
    assert not advance(worker, id, 1, 0.6)
    assert advance(worker, id, 2, 0.6)


def test_task_that_never_gets_on_is_given_up(
    kinds: psycopg.Connection, worker: psycopg.Connection
) -> None:
    id = ask(kinds, "work", symbol="NIFTY")
    for attempt in range(1, 6):
        assert claim(worker) == id
        worker.execute(
            "SELECT ops.end_task(%s, %s, 'pending', NULL, 'it is so')", [id, attempt]
        )
    assert claim(worker) is None
    row = task(kinds, id)
    assert row["state"] == "failed" and row["error"].endswith("because it is so")


def wait_until_gone(connection: psycopg.Connection, pid: int) -> None:
    while value(
        connection, "SELECT count(*) FROM pg_stat_activity WHERE pid = %s", pid
    ):
        pass
