"""ops.append_events: contiguous ids in commit order, and the same bytes to everybody."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from select import select as wait_readable

import psycopg
import pytest
from psycopg import IsolationLevel

from tests.support.event_log import ANSWER_SECONDS, hear, log
from tests.support.locks import wait_until_blocked
from tests.support.quote_market import EXPIRY, listen, select, value

ACKNOWLEDGED = 400
WRITERS = 6

BODY = '{"topic":"ops"}'

# Appends and commits, or rolls back, for ever; says of each commit what it was told.
WRITER = """
import json, os, random, sys
import psycopg
dsn, number, pipe = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(number)
with psycopg.connect(dsn, application_name="writer") as connection:
    for turn in range(10**9):
        parts = chance.randint(1, 3)
        bodies = [
            json.dumps({"topic": "ops", "writer": number, "turn": turn, "part": part})
            for part in range(parts)
        ]
        last = connection.execute(
            "SELECT ops.append_events(array_fill('ops'::text, ARRAY[%s]),"
            " array_fill(NULL::text, ARRAY[%s]), array_fill(NULL::date, ARRAY[%s]), %s)",
            [parts, parts, parts, bodies],
        ).fetchone()[0]
        if chance.random() < 0.3:
            connection.rollback()
            continue
        connection.commit()
        os.write(pipe, f"{number:4} {turn:8} {parts:2} {last:14}\\n".encode())  # 32 bytes
"""


def append(connection: psycopg.Connection, *bodies: str, topic: str = "ops") -> int:
    """Append events that are about nothing; returns the last id."""
    return int(
        value(
            connection,
            "SELECT ops.append_events(array_fill(%s::text, ARRAY[%s]), '{}', '{}', %s)",
            topic,
            len(bodies),
            list(bodies),
        )
    )


# Many writers, some of whom roll back, and some of whom are killed


class Writers:
    """Processes that append; `acknowledged` is what they were told to be committed."""

    def __init__(self, dsn: str, connection: psycopg.Connection) -> None:
        self.dsn = dsn
        self.connection = connection
        self.chance = random.Random(1)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.acknowledged: list[tuple[int, int, int, int]] = []
        self.terminated = self.killed = 0
        self.acknowledgements, self.pipe = os.pipe()

    def start(self) -> None:
        command = [sys.executable, "-c", WRITER, self.dsn]
        arguments = [str(len(self.processes)), str(self.pipe)]
        process = subprocess.Popen(
            command + arguments, pass_fds=[self.pipe], stderr=subprocess.DEVNULL
        )
        self.processes.append(process)

    def read(self, count: int) -> None:
        """Wait for so many more commits."""
        wanted = len(self.acknowledged) + count
        while len(self.acknowledged) < wanted:
            ready, _, _ = wait_readable([self.acknowledgements], [], [], ANSWER_SECONDS)
            assert ready, "no writer commits any more"
            # Lines of 32 bytes: neither a write nor a read tears one.
            for line in os.read(self.acknowledgements, 4096).splitlines():
                writer, turn, parts, last = map(int, line.split())
                self.acknowledged.append((writer, turn, parts, last))

    def end_one(self) -> None:
        """The process or the backend of any writer, in whatever it is doing."""
        running = [process for process in self.processes if process.poll() is None]
        if self.chance.random() < 0.5:
            os.kill(self.chance.choice(running).pid, signal.SIGKILL)
            self.killed += 1
        else:
            ended = self.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'writer' ORDER BY random() LIMIT 1"
            )
            self.terminated += ended.rowcount
        self.start()


@contextmanager
def writers_of(dsn: str, connection: psycopg.Connection) -> Iterator[Writers]:
    """So many writers, all gone afterwards with what they had open."""
    writers = Writers(dsn, connection)
    try:
        for _ in range(WRITERS):
            writers.start()
        yield writers
    finally:
        for process in writers.processes:
            process.kill()
            process.wait()
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name = 'writer'"
        )
        os.close(writers.pipe)
        os.close(writers.acknowledgements)


@contextmanager
def watched(dsn: str) -> Iterator[list[tuple[int, ...]]]:
    """What readers saw meanwhile: number of events, newest of them, and the counter."""
    seen: set[tuple[int, ...]] = set()
    over = threading.Event()

    def watch() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not over.is_set():
                seen.update(
                    connection.execute(
                        "SELECT (SELECT count(*) FROM fo.event),"
                        " (SELECT coalesce(max(id), 0) FROM fo.event), last_id"
                        " FROM job.event_counter"
                    )
                )

    found: list[tuple[int, ...]] = []
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield found
        finally:
            over.set()
            watching.result(ANSWER_SECONDS)
            found += sorted(seen)


@pytest.mark.long
@pytest.mark.second_later
def test_killed_writers_leave_no_hole(dsn: str, connection: psycopg.Connection) -> None:
    """Ids are contiguous at every moment, nothing acknowledged is lost, and a listener
    gets what was committed, in the order of the ids, byte for byte."""
    with psycopg.connect(dsn, autocommit=True) as listener:
        listen(listener)
        with watched(dsn) as seen, writers_of(dsn, connection) as writers:
            while len(writers.acknowledged) < ACKNOWLEDGED:
                writers.read(10)
                writers.end_one()
        assert writers.killed > 10 and writers.terminated > 10
        logged = log(connection)
        heard = hear(listener, len(logged))
    assert [event_id for event_id, _ in logged] == list(range(1, len(logged) + 1))
    assert heard == [payload for _, payload in logged]
    assert len(seen) > 10
    assert all(count == newest == last for count, newest, last in seen)
    by_id = {event_id: json.loads(payload) for event_id, payload in logged}
    for writer, turn, parts, last in writers.acknowledged:
        assert [
            (event["id"], event["writer"], event["turn"], event["part"])
            for event in (by_id[last - parts + 1 + part] for part in range(parts))
        ] == [(last - parts + 1 + part, writer, turn, part) for part in range(parts)]


def test_waiting_writer_counts_on(dsn: str, connection: psycopg.Connection) -> None:
    """It takes its ids when the one before it has ended, not when it asks."""
    with (
        psycopg.connect(dsn) as first,
        psycopg.connect(dsn) as second,
        ThreadPoolExecutor(1) as pool,
    ):
        assert append(first, BODY, BODY) == 2
        waiting = pool.submit(append, second, BODY)
        wait_until_blocked(connection, second, waiting)
        first.commit()
        assert waiting.result(ANSWER_SECONDS) == 3
        second.commit()
    assert [event_id for event_id, _ in log(connection)] == [1, 2, 3]


def test_writer_behind_a_rollback_takes_its_ids(
    dsn: str, connection: psycopg.Connection
) -> None:
    """What was rolled back was never seen, so that its ids are free."""
    with (
        psycopg.connect(dsn) as first,
        psycopg.connect(dsn) as second,
        ThreadPoolExecutor(1) as pool,
    ):
        assert append(first, BODY, BODY) == 2
        waiting = pool.submit(append, second, '{"of":"second"}')
        wait_until_blocked(connection, second, waiting)
        first.rollback()
        assert waiting.result(ANSWER_SECONDS) == 1
        second.commit()
    [(_, payload)] = log(connection)
    assert json.loads(payload)["of"] == "second"


# One writer


def test_payload_begins_with_id_and_epoch(connection: psycopg.Connection) -> None:
    """And goes on as the body was written: nothing is put in another order or form."""
    append(connection, '{"b": 1.10,  "a":[]}', '{"c":null}')
    epoch = value(connection, "SELECT ops.epoch()")
    assert log(connection) == [
        (1, f'{{"id":1,"epoch":"{epoch}","b": 1.10,  "a":[]}}'),
        (2, f'{{"id":2,"epoch":"{epoch}","c":null}}'),
    ]


def test_events_keep_the_order_of_the_arrays(connection: psycopg.Connection) -> None:
    """Also a hundred of them, with what each is about."""
    topics = [("chain", "rollup", "ops")[number % 3] for number in range(100)]
    symbols = [None if number % 4 == 0 else f"S{number}" for number in range(100)]
    expiries = [None if number % 5 == 0 else EXPIRY for number in range(100)]
    bodies = [json.dumps({"place": number}) for number in range(100)]
    last = value(
        connection, "SELECT ops.append_events(%s, %s, %s::date[], %s)",
        topics, symbols, expiries, bodies,
    )  # fmt: skip
    found = select(
        connection,
        "SELECT id, topic, symbol, expiry, payload FROM fo.event ORDER BY id",
    )
    assert last == 100
    assert [row["payload"]["place"] for row in found] == list(range(100))
    assert [row["id"] for row in found] == list(range(1, 101))
    assert [row["topic"] for row in found] == topics
    assert [row["symbol"] for row in found] == symbols
    assert [row["expiry"] for row in found] == expiries


@pytest.mark.parametrize(
    "level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE]
)
def test_other_isolation_is_refused(dsn: str, level: IsolationLevel) -> None:
    """There a writer that waited would fail, or not see what it counts on from."""
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = level
        with pytest.raises(psycopg.errors.RaiseException, match="READ COMMITTED only"):
            append(connection, BODY)
        connection.rollback()
        assert value(connection, "SELECT last_id FROM job.event_counter") == 0


def test_body_that_is_no_json_is_refused(connection: psycopg.Connection) -> None:
    """Nobody is sent what nobody can read, and no id is used up."""
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        append(connection, "{no json")
    assert append(connection, BODY) == 1


@pytest.mark.parametrize(
    ("topic", "due"),
    [("chain", True), ("rollup", True), ("snapshot", False), ("ops", False)],
)
def test_snapshot_is_due_after_what_it_shows(
    connection: psycopg.Connection, topic: str, due: bool
) -> None:
    """Not after its own event, or it would be refreshed for ever."""
    append(connection, BODY, topic=topic)
    assert value(connection, "SELECT ops.refresh_is_due()") is due
