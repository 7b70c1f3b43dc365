"""Cookies: nobody makes one, or changes one, and each says whose it is."""

import hashlib
import random
from collections.abc import Callable

import psycopg
import pytest
from itsdangerous import Signer

from pgstrike.api.access.cookie import NAME, Cookies, new_id
from pgstrike.api.addresses import TrustedProxies
from tests.api.conftest import KEY, Serve
from tests.support.cookies import PATH, SENT, ask, browsers, sign_in

HOUR = 3600
Times = Callable[[int, int], int]
Measured = Callable[[str], None]


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
