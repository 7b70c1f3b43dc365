"""Sign-in links: each holds once and for 10 minutes, and nobody guesses or finds a code."""

import asyncio
from http.cookies import SimpleCookie

import psycopg
import pytest

from pgstrike.api.access import api_keys
from pgstrike.api.access.cookie import NAME
from pgstrike.db.errors import SettingError
from tests.api.conftest import KEY, Client, Serve
from tests.support.cookies import browsers

pytestmark = pytest.mark.one_engine

ADDRESS = "http://127.0.0.1:8765"
GUESSES = 30


def code_for(name: str | None, connection: psycopg.Connection) -> str:
    link = api_keys.link(name, ADDRESS, connection)
    address, code = link.split("/#code=")
    assert address == ADDRESS
    return code


async def send(
    client: Client, code: str, method: str = "POST", path: str = "/session"
) -> tuple[int, str, str]:
    """The status of an answer to a code, the error's code, and the cookie that it sets."""
    headers = {"Authorization": f"Code {code}"}
    async with client.session.request(method, path, headers=headers) as answer:
        body = await answer.json()
        cookie = SimpleCookie(answer.headers.get("Set-Cookie", "")).get(NAME)
        error = body["error"]["code"] if answer.status >= 400 else ""
        return answer.status, error, cookie.value if cookie else ""


async def test_link_signs_in_once_with_the_rights_of_its_key(
    serve: Serve, market: psycopg.Connection
) -> None:
    code = code_for("nifty", market)
    async with browsers(serve) as (client,):
        answers = await asyncio.gather(*(send(client, code) for _ in range(5)))
        assert sorted(answers)[1:] == [(401, "wrong_code", "")] * 4
        status, _, cookie = min(answers)
        assert (status, bool(cookie)) == (200, True)
        sent = {"Cookie": f"{NAME}={cookie}"}
        _, body = await client.get("/session", **sent)
        assert (body["name"], body["symbols"]) == ("nifty", ["NIFTY"])
        hidden = "/v1/metrics/pcr?symbol=BANKNIFTY"
        assert (await client.get(hidden, **sent))[0] == 400
    assert market.execute("SELECT count(*) FROM job.sign_in_code").fetchone() == (0,)


async def test_link_without_a_name_is_of_the_settings_key(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        _, _, cookie = await send(client, code_for(None, market))
        _, body = await client.get("/session", Cookie=f"{NAME}={cookie}")
        assert (body["name"], body["is_admin"]) == ("*", True)


async def test_expired_link_and_that_of_a_revoked_key_do_nothing(
    serve: Serve, market: psycopg.Connection
) -> None:
    expired = code_for("nifty", market)
    market.execute(
        "UPDATE job.sign_in_code SET expires_at = expires_at - interval '10 minutes'"
    )
    revoked = code_for("nifty", market)  # which has the expired one's row deleted
    assert market.execute("SELECT count(*) FROM job.sign_in_code").fetchone() == (1,)
    api_keys.revoke("nifty", market)
    async with browsers(serve) as (client,):
        for code in (expired, revoked):
            assert await send(client, code) == (401, "wrong_code", "")
    with pytest.raises(SettingError, match="no key nifty is in force"):
        code_for("nifty", market)


async def test_code_is_worth_nothing_elsewhere(
    serve: Serve, market: psycopg.Connection
) -> None:
    """Not on another path, not as a key, and not as what the database keeps of it."""
    code = code_for("nifty", market)
    async with browsers(serve) as (client,):
        for method, path in (
            ("GET", "/session"),
            ("DELETE", "/session"),
            ("GET", "/v1/metrics"),
            ("GET", "/v1/stream"),
        ):
            assert (await send(client, code, method, path))[:2] == (401, "missing_key")
        bearer = {"Authorization": f"Bearer {code}"}
        assert (await client.get("/v1/metrics", **bearer))[0] == 401
        [kept] = market.execute("SELECT encode(code_hash, 'hex') FROM job.sign_in_code")
        assert (await send(client, kept[0]))[1] == "wrong_code"
        assert (await send(client, code))[0] == 200


async def test_guesses_are_limited_and_right_keys_are_not(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        answers = [await send(client, f"guess-{n}") for n in range(GUESSES)]
        assert answers[0] == (401, "wrong_code", "")
        assert answers[-1] == (429, "too_many_wrong_keys", "")
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert (await client.get("/v1/metrics", **bearer))[0] == 200
        assert (await send(client, code_for("nifty", market)))[0] == 200


async def test_reason_of_a_revoked_key_is_said(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with browsers(serve) as (client,):
        _, _, cookie = await send(client, code_for("nifty", market))
        api_keys.revoke("nifty", market)
        sent = {"Cookie": f"{NAME}={cookie}"}
        async with asyncio.timeout(25):
            while (await client.get("/session", **sent))[0] != 401:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        _, body = await client.get("/session", **sent)
        assert body["error"]["code"] == "key_revoked"
