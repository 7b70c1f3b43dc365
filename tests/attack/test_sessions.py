"""Sessions: each ends everywhere, and none outlives its key or its days."""

import asyncio
from http.cookies import SimpleCookie

import psycopg
import pytest

from pgstrike.api.access.cookie import NAME
from pgstrike.db.queries import query
from tests.api.conftest import KEY, Serve
from tests.support.cookies import (
    ENDS_SECONDS,
    PATH,
    ask,
    browsers,
    sign_in,
    until_status,
)

HOUR, DAY = 3600, 86_400


async def test_session_that_is_ended_ends_everywhere(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve, 2) as (one, other):
        cookie = (await sign_in(one)).value
        sent = {"Cookie": f"{NAME}={cookie}"}
        stays = (await sign_in(one)).value
        async with other.stream("", **sent) as stream:
            await stream.opened()
            async with one.session.delete("/session", headers=sent) as answer:
                assert answer.status == 200
                assert SimpleCookie(answer.headers["Set-Cookie"])[NAME].value == ""
            assert (await ask(one, cookie))[0] == 401
            async with asyncio.timeout(ENDS_SECONDS):
                assert await stream.ended()
        await until_status(other, cookie, 401)
        assert (await ask(other, stays))[0] == 200


@pytest.mark.parametrize(
    "change",
    [
        "revoked_at = clock_timestamp()",
        "key_hash = sha256('another')",  # another key of the same name
    ],
)
async def test_session_ends_with_its_key(
    serve: Serve, market: psycopg.Connection, change: str
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        market.execute(f"UPDATE job.api_key SET {change}".encode())
        await until_status(client, cookie, 401)


async def test_session_has_the_rights_that_its_key_has_now(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        market.execute("UPDATE job.api_key SET symbols = '{BANKNIFTY}'")
        await until_status(client, cookie, 400)
        other = PATH.replace("NIFTY", "BANKNIFTY")
        assert (await ask(client, cookie, other))[0] == 200


async def test_sessions_of_the_key_in_the_settings_end_with_it(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client, KEY)).value
    for key, status in (("another", 401), (KEY, 200)):
        async with browsers(serve, key=key) as (client,):
            assert (await ask(client, cookie))[0] == status


def held_seconds(market: psycopg.Connection) -> tuple[int, int]:
    """How long the one session holds from now, and from when it was signed in."""
    [row] = market.execute(
        "SELECT extract(EPOCH FROM held_until - clock_timestamp()),"
        " extract(EPOCH FROM held_until - signed_in_at) FROM job.session"
    )
    return int(row[0]), int(row[1])


def age(market: psycopg.Connection, seconds: int, unused: int) -> None:
    """As if the one session was signed in so long ago, and not used for so long."""
    market.execute(
        "UPDATE job.session SET signed_in_at = now() - %(age)s * interval '1 s',"
        " renewed_at = now() - %(unused)s * interval '1 s',"
        " held_until = least(now() - %(unused)s * interval '1 s' + interval '12 h',"
        " now() - %(age)s * interval '1 s' + interval '30 d')",
        {"age": seconds, "unused": unused},
    )


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("seconds", "unused", "holds"),
    [
        (10 * DAY, 11 * HOUR, 12 * HOUR),
        (30 * DAY - 600, 11 * HOUR, 600),
        (10 * DAY, 12 * HOUR + 1, None),
        (30 * DAY + 1, 1, None),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/fo/stream", "/fo/metrics/none?symbol=X"])
async def test_session_is_renewed_by_use_up_to_thirty_days(
    serve: Serve,
    market: psycopg.Connection,
    seconds: int,
    unused: int,
    holds: int | None,
    path: str,
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        assert (await ask(client, cookie)) == (200, None)  # it is too new for that
    age(market, seconds, unused)
    async with browsers(serve) as (client,):
        status, given = await ask(client, cookie, path)
        if holds is None:
            assert (status, given) == (401, None)
            assert not market.execute("SELECT FROM ops.sessions()").fetchall()
            market.execute("SELECT ops.renew_session(id_hash) FROM job.session")
            assert held_seconds(market)[0] < 0
            return
        assert status == (400 if "none" in path else 200) and given is not None
        renewed = SimpleCookie(given)[NAME]
        assert renewed.value == cookie and renewed["httponly"]
        assert holds - 60 < int(renewed["max-age"]) <= holds
        now, since = held_seconds(market)
        assert holds - 60 < now <= holds and since <= 30 * DAY


async def test_session_of_a_clock_that_was_ahead_does_not_hold(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        market.execute(
            "UPDATE job.session SET renewed_at = now() + interval '1 day',"
            " held_until = now() + interval '36 hours'"
        )
        await until_status(client, cookie, 401)


async def test_sessions_of_a_key_are_bounded_and_old_ones_pruned(
    serve: Serve, market: psycopg.Connection
) -> None:
    market.execute(
        "SELECT ops.open_session(sha256(n::text::bytea), 'nifty', '')"
        " FROM generate_series(1, 1200) AS n"
    )
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        assert (await ask(client, cookie))[0] == 200
        [count] = market.execute("SELECT count(*) FROM job.session")
        assert count[0] == 1000
        market.execute("UPDATE job.session SET held_until = now() - interval '1 s'")
        await until_status(client, cookie, 401)
        last = (await sign_in(client)).value
        assert market.execute(query("prune_sessions")).rowcount == 999
        assert (await ask(client, last))[0] == 200
