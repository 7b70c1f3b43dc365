"""db.pool: what of a DSN reaches the server, and what a message."""

import asyncio
import contextlib
from time import monotonic

import pytest
from psycopg.conninfo import conninfo_to_dict

from pgstrike.db.causes import NO_FREE_CONNECTION
from pgstrike.db.connection import describe, session_conninfo
from pgstrike.db.errors import DatabaseError, SettingError
from pgstrike.db.pool import WAIT_SECONDS, change, open_pool
from tests.support.network import network


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://me:secret@db.example:6543/market", "market on db.example:6543"),
        ("host=/tmp/sockets user=me password=secret", "me on /tmp/sockets"),
        ("dbname=market", "market on local"),
    ],
)
def test_message_holds_no_password(dsn: str, said: str) -> None:
    assert describe(dsn) == said


@pytest.mark.parametrize("sign", ["", "/", "@", "%", "#", "?", ":", " ", "&", "=", "'"])
@pytest.mark.parametrize(
    "form",
    [
        "me:{}@db.example/market",
        "postgresql://me:{}@db.example/market",
        "host=db.example password={} dbname=market",
        "host=db.example password='{}",
    ],
)
def test_message_holds_no_part_of_a_password_that_is_written_wrongly(
    form: str, sign: str
) -> None:
    dsn = form.format(f"s3cret{sign}t0ken")
    try:
        said = describe(dsn)
    except SettingError as error:
        said = str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    assert "s3cret" not in said and "t0ken" not in said


def test_options_of_the_dsn_are_kept() -> None:
    made = conninfo_to_dict(
        session_conninfo("host=x options='-c work_mem=64MB'", "me", {"a.b": "c"})
    )
    assert made["options"].startswith("-c work_mem=64MB -c timezone=UTC -c ")
    assert made["options"].endswith(" -c a.b=c")
    assert made["application_name"] == "me"
    assert str(made["connect_timeout"]) == "10"


def test_connect_timeout_of_the_dsn_is_kept() -> None:
    made = conninfo_to_dict(session_conninfo("connect_timeout=3", "me", {}))
    assert str(made["connect_timeout"]) == "3"


def test_nonsense_is_refused() -> None:
    with pytest.raises(SettingError, match="PGSTRIKE_DSN is no connection string"):
        describe("nonsense")


@pytest.mark.one_engine
async def test_server_that_is_away_is_no_busy_one(dsn: str) -> None:
    """The first request finds out; the next ones are refused at once, until it is back."""
    async with (
        network(dsn) as (between, through),
        open_pool(through, size=2, application_name="me", settings={}) as pool,
    ):
        await change(pool, "prune_sessions", {})
        there, between.socket_path = between.socket_path, "/nowhere"
        between.cut()
        for _ in range(3):
            began = monotonic()
            with pytest.raises(DatabaseError) as refused:
                await change(pool, "prune_sessions", {})
            assert refused.value.code != NO_FREE_CONNECTION.code, refused.value
        assert monotonic() - began < WAIT_SECONDS / 2
        between.socket_path = there
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                with contextlib.suppress(DatabaseError):
                    await change(pool, "prune_sessions", {})
                    break


@pytest.mark.one_engine
async def test_work_that_nobody_waits_for_any_more_does_not_begin(dsn: str) -> None:
    async with open_pool(dsn, size=1, application_name="me", settings={}) as pool:
        async with pool.connection():
            before = asyncio.all_tasks()
            waiting = asyncio.create_task(change(pool, "prune_sessions", {}))
            while not pool.get_stats().get("requests_waiting"):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            waiting.cancel()
            await asyncio.wait([waiting])
            assert waiting.cancelled()
            assert asyncio.all_tasks() == before
        await change(pool, "prune_sessions", {})
