"""Cookies: nobody makes one, each ends everywhere, and none outlives its key or its days."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import psycopg
import pytest
from itsdangerous import Signer

from pgstrike.api.access.cookie import NAME, Cookies, new_id
from pgstrike.api.addresses import TrustedProxies
from pgstrike.db.queries import query
from tests.api.conftest import KEY, Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key, add_market

PATH = "/fo/metrics/pcr?symbol=NIFTY"
SENT = "key-of-nifty"
ENDS_SECONDS = 5
HOUR, DAY = 3600, 86_400
Times = Callable[[int, int], int]
Measured = Callable[[str], None]


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    add_key(connection, "nifty", SENT, symbols=["NIFTY"])
    return connection


@asynccontextmanager
async def browsers(
    serve: Serve, count: int = 1, **changes: Any
) -> AsyncIterator[list[Client]]:
    """Servers of one database, and a client of each that sends no key of itself."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(count):
            client = await stack.enter_async_context(serve(**changes))
            del client.session.headers["Authorization"]
            client.session._cookie_jar = aiohttp.DummyCookieJar()
            clients.append(client)
        yield clients


async def sign_in(client: Client, key: str = SENT, **headers: str) -> Any:
    """The cookie that a server gives for a key, with its attributes."""
    sent = {"Authorization": f"Bearer {key}", **headers}
    async with client.session.post("/session", headers=sent) as answer:
        assert answer.status == 200, await answer.text()
        return SimpleCookie(answer.headers["Set-Cookie"])[NAME]


async def ask(client: Client, cookie: str, path: str = PATH) -> tuple[int, str | None]:
    """The status of an answer to who has a cookie, and the cookie that it sets."""
    headers = {"Cookie": f"{NAME}={cookie}"}
    async with client.session.get(path, headers=headers) as answer:
        return answer.status, answer.headers.get("Set-Cookie")


async def until_status(client: Client, cookie: str, status: int) -> None:
    async with asyncio.timeout(ENDS_SECONDS):
        while (await ask(client, cookie))[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_cookie_holds_at_once_on_every_server_and_says_whose_it_is(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve, 2) as (one, other):
        cookie = await sign_in(one)
        assert cookie["httponly"] and cookie["samesite"] == "Strict"
        assert cookie["path"] == "/" and not cookie["domain"]
        assert 12 * HOUR - 60 < int(cookie["max-age"]) <= 12 * HOUR
        assert SENT not in cookie.value
        for client in (other, one):
            assert (await ask(client, cookie.value))[0] == 200
            hidden = PATH.replace("NIFTY", "BANKNIFTY")
            assert (await ask(client, cookie.value, hidden))[0] == 400
            status, body = await client.get("/session", Cookie=f"{NAME}={cookie.value}")
            assert status == 200 and body.pop("until")
            assert body == {
                "name": "nifty",
                "symbols": ["NIFTY"],
                "topics": None,
                "is_admin": False,
                "streams": 1000,
                "requests_per_second": None,
            }


async def test_cookie_gets_no_other_cookie(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        sent = {"Cookie": f"{NAME}={cookie}"}
        async with client.session.post("/session", headers=sent) as answer:
            assert answer.status == 400
            assert "Set-Cookie" not in answer.headers
            assert (await answer.json())["error"]["code"] == "key_needed"


async def test_nobody_makes_a_cookie_of_what_the_database_keeps(
    serve: Serve, market: psycopg.Connection
) -> None:
    """Not even with all rows, the secret included."""
    async with browsers(serve) as (client,):
        await sign_in(client, KEY)
        await sign_in(client)
        [secret] = market.execute("SELECT cookie_secret FROM job.installation")
        kept = [
            bytes(value)
            for row in market.execute(
                "SELECT id_hash, key_digest FROM job.session"
                " UNION ALL SELECT key_hash, key_hash FROM job.api_key"
            )
            for value in row
        ]
        made = [Cookies(secret[0]).value(new_id())]
        for value in kept:
            for signer in (Signer(secret[0]), Cookies(secret[0])._signer):
                made += [signer.sign(value.hex()).decode()]
        for cookie in made:
            assert (await ask(client, cookie))[0] == 401, cookie
        assert hashlib.sha256(KEY.encode()).digest() not in kept


async def test_cookie_that_was_changed_is_none(
    serve: Serve, market: psycopg.Connection, times: Times, measured: Measured
) -> None:
    chance, tried = random.Random(1), times(100, 3000)
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        for _ in range(tried):
            place = chance.randrange(
                len(cookie) - 1
            )  # of the last one not all bits count
            letter = chance.choice("abcXYZ019-_.~ \u00e9")
            if letter == cookie[place]:
                continue
            changed = cookie[:place] + letter + cookie[place + 1 :]
            assert (await ask(client, changed))[0] in (401, 429), changed
        for cut in (cookie[:-1], cookie + "x", cookie.split(".")[0], ".", ""):
            assert (await ask(client, cut))[0] in (401, 429)
        assert (await ask(client, cookie))[0] == 200
    measured(f"sessions: {tried} changed cookies, none holds")


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


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("proxies", "scheme", "is_secure"),
    [
        ("", None, False),
        ("", "https", False),  # anybody can send that
        ("127.0.0.1", None, False),
        ("127.0.0.1", "http", False),
        ("127.0.0.1", "https", True),
        ("127.0.0.1", "https, http", True),
        ("127.0.0.1", "HTTPS,http", True),
    ],
)
async def test_cookie_is_secure_where_the_browser_came_over_tls(
    serve: Serve,
    market: psycopg.Connection,
    proxies: str,
    scheme: str | None,
    is_secure: bool,
) -> None:
    trusted = TrustedProxies.from_text(proxies)
    async with browsers(serve, trusted_proxies=trusted) as (client,):
        headers = {} if scheme is None else {"X-Forwarded-Proto": scheme}
        cookie = await sign_in(client, **headers)
        assert bool(cookie["secure"]) == is_secure


async def test_wrong_keys_are_counted_and_right_ones_never_refused(
    serve: Serve, market: psycopg.Connection, times: Times, measured: Measured
) -> None:
    tried, limited = times(60, 2000), 0
    async with browsers(serve) as (client,):
        cookie = (await sign_in(client)).value
        for number in range(tried):
            sent = {"Authorization": f"Bearer wrong{number}"}
            async with client.session.get(PATH, headers=sent) as answer:
                assert answer.status in (401, 429)
                if answer.status == 429:
                    limited += 1
                    assert int(answer.headers["Retry-After"]) == 1
            if number % 10 == 0:
                right = {"Authorization": f"bearer {SENT}"}
                async with client.session.get(PATH, headers=right) as answer:
                    assert answer.status == 200
                assert (await ask(client, cookie))[0] == 200
        assert (await ask(client, "forged"))[0] == 429
        assert (await client.get(PATH))[0] == 401  # no key is no wrong one
        assert (await client.get("/health", Authorization="Bearer x"))[0] == 200
    assert tried * 0.5 < limited < tried
    measured(f"sessions: {tried} wrong keys, {limited} told to wait, no right one")


@pytest.mark.one_engine
async def test_addresses_behind_a_proxy_are_told_apart(
    serve: Serve, market: psycopg.Connection
) -> None:
    async def status(client: Client, address: str) -> int:
        sent = {"X-Forwarded-For": address, "Authorization": "Bearer x"}
        return (await client.get(PATH, **sent))[0]

    async def statuses(client: Client, *addresses: str) -> set[int]:
        return {*await asyncio.gather(*(status(client, each) for each in addresses))}

    several = [f"192.0.2.{number}" for number in range(60)]
    trusted = TrustedProxies.from_text("127.0.0.1")
    async with browsers(serve, trusted_proxies=trusted) as (client,):
        assert await statuses(client, *several) == {401}
        made_up = [f"{address}, 198.51.100.7" for address in several]
        assert await statuses(client, *made_up) == {401, 429}
    async with browsers(serve) as (client,):
        assert await statuses(client, *several) == {401, 429}


@pytest.mark.one_engine
async def test_without_keys_only_this_machines_hosts_are_answered(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve, key=None) as (client,):
        for path in (PATH, "/session", "/health", "/static/pgstrike.js", "/live", "/x"):
            for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example"):
                status, body = await client.get(path, Host=host)
                assert (status, body["error"]["code"]) == (421, "wrong_host"), path
        for host in ("localhost:1", "127.0.0.1", "[::1]:8765"):
            assert (await client.get(PATH, Host=host))[0] == 200
        assert (await client.get("/session"))[1]["name"] == "*"
