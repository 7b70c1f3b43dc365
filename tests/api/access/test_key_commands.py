"""Commands that make, list and revoke keys."""

import asyncio

import psycopg
import pytest

from tests.api.conftest import Serve
from tests.conftest import Stock
from tests.support.cli import key_command
from tests.support.grants import add_market, holding


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


async def test_keys_are_made_listed_and_revoked_by_a_command(
    dsn: str, serve: Serve, market: psycopg.Connection
) -> None:
    made = await asyncio.to_thread(
        key_command, dsn, "create", "desk", "--symbols", "NIFTY", "--topics", "chain"
    )
    assert (made.returncode, made.stderr) == (0, "")
    key = made.stdout.strip()
    async with holding(serve, key) as client:
        assert (await client.get("/fo/metrics/pcr?symbol=NIFTY"))[0] == 200
        assert (await client.get("/fo/metrics/pcr?symbol=BANKNIFTY"))[0] == 400
    listed = await asyncio.to_thread(key_command, dsn, "list")
    assert "desk" in listed.stdout and "NIFTY" in listed.stdout
    assert key not in listed.stdout
    [kept] = market.execute("SELECT row_to_json(key)::text FROM job.api_key AS key")
    assert key not in kept[0]
    assert (await asyncio.to_thread(key_command, dsn, "revoke", "desk")).returncode == 0
    async with holding(serve, key) as client:
        assert (await client.get("/fo/metrics/pcr?symbol=NIFTY"))[0] == 401


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "desk", "--symbols", "NIFTI"], "unknown symbol NIFTI"),
        (["create", "desk", "--topics", "chains"], "unknown topic chains"),
        (["create", "A Desk"], "small letters"),
        (["revoke", "desk"], "no key desk is in force"),
        (["login", "desk"], "no key desk is in force"),
    ],
)
def test_useless_command_is_one_line(dsn: str, arguments: list[str], says: str) -> None:
    done = key_command(dsn, *arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == 1 and says in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "desk", "--streams", "-1"], "give a whole number from 0 to"),
        (["login", "desk", "--connections", "0"], "give a whole number from 1 to"),
    ],
)
def test_useless_number_is_one_line(arguments: list[str], says: str) -> None:
    done = key_command("", *arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == 2 and says in line


def test_name_is_given_once(dsn: str) -> None:
    assert key_command(dsn, "create", "desk").returncode == 0
    assert "take another name" in key_command(dsn, "create", "desk").stderr
