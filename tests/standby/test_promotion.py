"""A standby that is promoted or restarted, and a primary that dies, under open streams."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgstrike.db.install.render import Engine
from tests.api.conftest import Client, served
from tests.standby.conftest import Copied
from tests.support.cookies import try_sign_in
from tests.support.engines import WANTED, make_template
from tests.support.live_market import append, epoch
from tests.support.pairs import pair_of
from tests.support.sse_reader import Dispatched, Stream

PATIENCE = 20.0
NAME = "market"


@pytest.fixture(params=["postgres", "timescaledb"])
def copied(request: pytest.FixtureRequest) -> Iterator[Copied]:
    """Two servers of the test's own, which it may break."""
    engine: Engine = request.param
    with pair_of(engine) as made:
        if made is None:
            pytest.skip(f"engine {engine} is not here: {WANTED}")
        with psycopg.connect(made.primary.dsn("postgres"), autocommit=True) as session:
            make_template(made.primary, NAME)
            session.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS true".encode())
        made.replayed()
        yield Copied(made, made.primary.dsn(NAME), made.standby.dsn(NAME))


@asynccontextmanager
async def served_near(copied: Copied) -> AsyncIterator[Client]:
    """An api of the standby that writes to whichever is the primary."""
    pair = copied.pair
    either = make_conninfo(
        copied.primary,
        host=f"{pair.primary.sockets},{pair.standby.sockets}",
        port="5432,5432",
    )
    async with served(copied.standby, source="standby", primary_dsn=either) as near:
        yield near


async def until(stream: Stream, last: str) -> list[Dispatched]:
    """What comes, up to an event."""
    told: list[Dispatched] = []
    async with asyncio.timeout(PATIENCE):
        while not told or told[-1].last_id != last:
            told += await stream.take(1)
    return told


def judge(told: list[Dispatched], logged: dict[int, str]) -> list[str]:
    """The reasons of resets; between them every event of the log came, once, in order."""
    reasons = []
    at: int | None = None
    for event in told:
        id = int(event.last_id.partition(":")[2])
        if event.type == "reset":
            reasons.append(json.loads(event.data)["reason"])
        else:
            assert at is None or id == at + 1, (at, event)
            assert logged[id] == event.data
        at = id
    return reasons


def log(dsn: str) -> dict[int, str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT id, payload::text FROM fo.event").fetchall()
        return dict(rows)


def write(dsn: str, *numbers: int) -> str:
    """Append events. Returns the id of the last one, as streams say it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        last = append(connection, *numbers)
        return f"{epoch(connection)}:{last}"


async def test_streams_go_on_through_a_promotion(copied: Copied) -> None:
    async with served_near(copied) as near, near.stream() as stream:
        await stream.opened()
        write(copied.primary, *range(50))
        await asyncio.to_thread(copied.pair.replayed)
        await asyncio.to_thread(copied.pair.primary.stop, "immediate")
        assert (await near.get("/v1/bootstrap"))[0] == 200
        await asyncio.to_thread(copied.pair.promote)
        last = write(copied.standby, *range(50))
        told = await until(stream, last)
        assert judge(told, log(copied.standby)) in ([], ["other_epoch"])
        async with asyncio.timeout(PATIENCE):
            while (await try_sign_in(near))[0] != 200:
                pass  # the pool looks for the primary
        assert (await near.get("/ready"))[0] == 200


async def test_events_that_only_the_dead_primary_had_are_not_mistaken(
    copied: Copied,
) -> None:
    """Its readers saw them; the promoted standby gives their ids to other events."""
    write(copied.primary, 1, 2)
    await asyncio.to_thread(copied.pair.replayed)
    with copied.pair.replay_paused() as session:
        lost = write(copied.primary, 3, 4)
        await asyncio.to_thread(copied.pair.primary.stop, "immediate")
        session.execute("SELECT pg_promote(FALSE)")
    await asyncio.to_thread(copied.pair.promoted)
    last = write(copied.standby, *range(10, 20))
    async with served_near(copied) as near, near.stream(f"?after={lost}") as stream:
        first: Any = (await stream.take(1))[0]
        assert first.type == "reset", first
        assert json.loads(first.data)["after"] == last


async def test_streams_outlast_a_restart_of_the_standby(copied: Copied) -> None:
    async with served_near(copied) as near, near.stream() as stream:
        await stream.opened()
        write(copied.primary, *range(30))
        for mode in ("immediate", "fast"):
            await asyncio.to_thread(copied.pair.standby.stop, mode)
            write(copied.primary, *range(30))
            await asyncio.to_thread(copied.pair.standby.start)
        last = write(copied.primary, *range(30))
        told = await until(stream, last)
        assert judge(told, log(copied.primary)) == []
        assert len(told) == 120
