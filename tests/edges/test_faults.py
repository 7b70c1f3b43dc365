"""Faults of an edge, its primary and what lies between, under a writer that writes on."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from tests.support.edges import (
    Pair,
    command,
    connected,
    served_by_edge,
    wait_until_followed,
    with_edge,
)
from tests.support.embedded import wait_for
from tests.support.live_market import append
from tests.support.sse_reader import Dispatched, Stream

SECONDS = 60


@pytest.fixture
def pair() -> Iterator[Pair]:
    with with_edge() as made:
        yield made


class Writer:
    """Appends events by random numbers and sizes, through crashes of the server."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.chance = random.Random(seed)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self.stopped.is_set():
            try:
                with connected(self.server) as connection:
                    while not self.stopped.wait(self.chance.random() / 100):
                        append(connection, *range(self.chance.randint(1, 5)))
            except psycopg.OperationalError:
                self.stopped.wait(0.02)

    def __enter__(self) -> "Writer":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()


class Reader:
    """Reads one stream, which stays open through all faults: the api is never ended."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.heard: list[Dispatched] = []

    async def until(self, id: int) -> None:
        async with asyncio.timeout(SECONDS):
            while not self.heard or place(self.heard[-1]) < id:
                self.heard.append(await self.stream.next())


def place(event: Dispatched) -> int:
    return int(event.last_id.partition(":")[2] or 0)


def judge(pair: Pair, reader: Reader) -> None:
    """Each event of the primary's log once, in order, byte for byte, since the first heard.

    A reset says that some may be missing: the events are judged from the last one on.
    """
    resets = [n for n, each in enumerate(reader.heard) if each.type == "reset"]
    kept = reader.heard[resets[-1] + 1 :] if resets else reader.heard
    assert kept
    with connected(pair.primary) as primary:
        log = primary.execute(
            "SELECT id, payload::text FROM fo.event WHERE id BETWEEN %s AND %s ORDER BY id",
            [place(kept[0]), place(kept[-1])],
        ).fetchall()
    assert [(place(each), each.data) for each in kept] == log


FAULTS: dict[str, Callable[[Pair], None]] = {
    "edge crashes": lambda pair: again(pair.edge, "immediate"),
    "edge restarts": lambda pair: again(pair.edge, "fast"),
    "primary crashes": lambda pair: again(pair.primary, "immediate"),
    "primary restarts": lambda pair: again(pair.primary, "fast"),
    "sender is ended": lambda pair: end(pair.primary, "walsender"),
    "applier is ended": lambda pair: end(pair.edge, "logical replication apply worker"),
}


def again(server: Server, mode: str) -> None:
    server.stop(mode)
    server.launch()


def end(server: Server, kind: str) -> None:
    with connected(server) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = %s",
            [kind],
        )
        assert ended.rowcount


async def test_stream_loses_nothing(
    pair: Pair, times: Callable[[int, int], int]
) -> None:
    chance = random.Random(1)
    done = 0
    async with (
        served_by_edge(pair, poll_seconds=0.5, probe_seconds=0.5) as client,
        client.stream() as stream,
    ):
        reader = Reader(stream)
        with Writer(pair.primary, 1):
            for _ in range(times(1, 8)):
                for name in chance.sample([*FAULTS], len(FAULTS)):
                    await asyncio.to_thread(FAULTS[name], pair)
                    with connected(pair.primary) as primary:
                        upto = await asyncio.to_thread(append, primary, 1)
                    await reader.until(upto)
                    done += 1
        judge(pair, reader)
        assert done >= len(FAULTS) and len(reader.heard) > 5 * done


@pytest.mark.long
def test_lost_slot_is_told(pair: Pair) -> None:
    """Health says so on both sides. What is removed has data, and is added to no more."""
    with connected(pair.edge) as edge, connected(pair.primary) as primary:
        append(primary, 1)
        wait_until_followed(pair)
        [name] = edge.execute("SELECT subscription FROM job.edge").fetchone() or [""]
        edge.execute(f"ALTER SUBSCRIPTION {name} DISABLE".encode())
        idle = "SELECT FROM pg_replication_slots WHERE NOT active"
        wait_for(lambda: primary.execute(idle).rowcount == 1)
        assert check(primary)[0] == "warn"
        primary.execute("SELECT pg_drop_replication_slot(%s)", [name])
        edge.execute(f"ALTER SUBSCRIPTION {name} ENABLE".encode())
        wait_for(lambda: check(edge)[0] == "bad")
        assert "does not hear its primary" in check(edge)[1]
        told = command(pair, "status")
        assert told.returncode == 1 and "is not there" in told.stdout
        assert command(pair, "remove").returncode == 0
    again_added = command(pair, "add", "--primary", pair.primary.dsn())
    assert again_added.returncode == 1
    assert "of its own; add the edge to an empty one" in again_added.stderr


@pytest.mark.long
def test_slot_that_fell_too_far_behind(pair: Pair) -> None:
    """The bound of max_slot_wal_keep_size holds, and both sides say what is lost."""
    with connected(pair.primary) as primary, connected(pair.edge) as edge:
        [name] = edge.execute("SELECT subscription FROM job.edge").fetchone() or [""]
        edge.execute(f"ALTER SUBSCRIPTION {name} DISABLE".encode())
        for _ in range(8):  # of 16 MB each
            primary.execute("SELECT pg_switch_wal()")
            append(primary, 1)
        primary.execute("CHECKPOINT")
        wait_for(lambda: check(primary)[0] == "bad")
        assert name in check(primary)[1]
    told = command(pair, "status")
    assert told.returncode == 1 and "is lost" in told.stdout


def check(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute("SELECT state, says FROM ops.health_of_edges()").fetchone()
    assert row is not None
    return row[0], row[1]
