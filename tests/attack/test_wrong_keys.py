"""Keys that are wrong, addresses that are made up, and hosts that are not ours."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from pgstrike.api.addresses import TrustedProxies
from tests.api.conftest import Client, Serve
from tests.support.cookies import PATH, SENT, ask, browsers, sign_in

Times = Callable[[int, int], int]
Measured = Callable[[str], None]


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
