"""`pgstrike mcp`, started over stdio by the official client of MCP."""

import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from mcp import Client as McpClient
from mcp import StdioServerParameters
from mcp.types import TextContent

from pgstrike.cli.mcp import McpSettings
from pgstrike.db.errors import SettingError
from tests.api.conftest import Client, Serve, client, serve
from tests.conftest import Stock
from tests.support.cli import pgstrike
from tests.support.grants import add_key, add_market
from tests.support.live_market import EXPIRIES

__all__ = ["client", "serve"]
NEAR = EXPIRIES[0].isoformat()


class Tools:
    """The tools of a running server, as a model calls them."""

    def __init__(self, client: McpClient) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> Any:
        """The answer of a tool."""
        text, is_error = await self.said(tool, arguments)
        assert not is_error, text
        return json.loads(text)

    async def error(self, tool: str, **arguments: Any) -> str:
        """The one line that a tool refuses with."""
        text, is_error = await self.said(tool, arguments)
        assert is_error, text
        assert "\n" not in text
        return text

    async def said(self, tool: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        answer = await self.client.call_tool(tool, arguments)
        [content] = answer.content
        assert isinstance(content, TextContent)
        return content.text, bool(answer.is_error)


@contextlib.asynccontextmanager
async def tools(url: str, key: str | None) -> AsyncIterator[Tools]:
    environ = {"PGSTRIKE_MCP_URL": url} | ({"PGSTRIKE_MCP_KEY": key} if key else {})
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "pgstrike", "mcp"], env=environ
    )
    async with McpClient(started) as found:
        yield Tools(found)


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.mark.one_engine
async def test_model_finds_metrics_and_asks_them(
    client: Client, market: psycopg.Connection
) -> None:
    async with tools(client.address, "the-key") as asked:
        offered = (await asked.client.list_tools()).tools
        assert [tool.name for tool in offered] == ["list", "ask"]
        assert all(
            tool.annotations and tool.annotations.read_only_hint for tool in offered
        )
        _, catalogue = await client.get("/v1/metrics")
        listed = await asked.call("list")
        assert [each["metric"] for each in listed["metrics"]] == [
            each["metric"] for each in catalogue["metrics"]
        ]
        expiries = [expiry.isoformat() for expiry in EXPIRIES]
        assert listed["symbols"] == {"BANKNIFTY": expiries, "NIFTY": expiries}
        pcr = await asked.call("list", metric="pcr")
        units = {field["name"]: field["unit"] for field in pcr["fields"]}
        assert (
            units["pcr_oi"] == "ratio" and units["call_oi"] == "units of the underlying"
        )
        assert [each["name"] for each in pcr["parameters"]] == [
            "symbol",
            "expiry",
            "at",
        ]

        for metric, parameters, query in (
            (
                "pcr",
                {"symbol": "NIFTY", "expiry": "front"},
                "symbol=NIFTY&expiry=front",
            ),
            (
                "strike_distribution",
                {"symbol": "NIFTY", "expiry": [NEAR, "next"], "strikes": "atm:1"},
                f"symbol=NIFTY&expiry={NEAR}&expiry=next&strikes=atm:1",
            ),
            (
                "underlying_bars",
                {"symbol": "NIFTY", "fill": True, "limit": 1, "to": None},
                "symbol=NIFTY&fill=true&limit=1",
            ),
            ("market", {"symbol": "NIFTY"}, "symbol=NIFTY"),
        ):
            found = await asked.call("ask", metric=metric, parameters=parameters)
            status, answer = await client.get(f"/v1/metrics/{metric}?{query}")
            assert status == 200 and answer["rows"]
            assert found["columns"] == answer["columns"]
            assert found["rows"] == answer["rows"]


@pytest.mark.one_engine
async def test_model_reads_few_rows_unless_it_says_so(
    client: Client, market: psycopg.Connection
) -> None:
    async with tools(client.address, "the-key") as asked:
        page = await asked.call(
            "ask", metric="chain", parameters={"symbol": "NIFTY", "limit": 3}
        )
        assert len(page["rows"]) == 3 and page["cursor"]
        rest = await asked.call(
            "ask",
            metric="chain",
            parameters={"symbol": "NIFTY", "cursor": page["cursor"]},
        )
        assert len(rest["rows"]) == 7


@pytest.mark.one_engine
async def test_model_is_told_what_to_do(
    client: Client, market: psycopg.Connection
) -> None:
    async with tools(client.address, "the-key") as asked:
        for arguments, says in (
            (
                {"metric": "pcrr", "parameters": {"symbol": "NIFTY"}},
                'unknown metric "pcrr"',
            ),
            (
                {"metric": "../events", "parameters": {"symbol": "NIFTY"}},
                'unknown metric "../events"',
            ),
            ({"metric": "pcr"}, "symbol is missing"),
            ({}, "metric is missing; send a name of `list`"),
            ({"metric": 5}, "metric is missing; send a name of `list`"),
            ({"metric": "pcr", "parameters": "NIFTY"}, "parameters is no object; send"),
            (
                {"metric": "pcr", "parameters": {"symbol": "NIFTY", "format": "csv"}},
                "leave format out; the answer is JSON",
            ),
            (
                {"metric": "pcr", "parameters": {"symbol": "NIFTI"}},
                'unknown symbol "NIFTI". Send one of: BANKNIFTY',
            ),
            (
                {"metric": "pcr", "parameters": {"symbol": "NIFTY", "day": 1}},
                'unknown parameter "day". Send one of: symbol, expiry, at',
            ),
            (
                {"metric": "pcr", "symbol": "NIFTY"},
                'ask has no argument "symbol"; send',
            ),
        ):
            assert says in await asked.error("ask", **arguments), arguments
        assert "send one of: atm" in await asked.error("list", metric="pcrr")
        assert await asked.error("buy") == 'unknown tool "buy"; call list or ask'


@pytest.mark.one_engine
async def test_model_has_the_rights_of_the_key(
    serve: Serve, market: psycopg.Connection
) -> None:
    add_key(market, "one", "key-of-one", symbols=["BANKNIFTY"], topics=["chain"])
    async with serve() as client:
        async with tools(client.address, "key-of-one") as asked:
            assert [*(await asked.call("list"))["symbols"]] == ["BANKNIFTY"]
            refused = await asked.error(
                "ask", metric="chain", parameters={"symbol": "NIFTY"}
            )
            assert refused == 'unknown symbol "NIFTY". Send one of: BANKNIFTY'
        async with tools(client.address, None) as asked:
            assert "set PGSTRIKE_MCP_KEY" in await asked.error("list")
    async with tools(client.address, "key-of-one") as asked:  # it has stopped
        assert "start `pgstrike serve`, or set PGSTRIKE_MCP_URL" in await asked.error(
            "ask", metric="market"
        )


def test_address_that_is_none_is_refused() -> None:
    assert McpSettings.from_env({}).url == "http://127.0.0.1:8765"
    with pytest.raises(SettingError, match=r"PGSTRIKE_MCP_URL is 'desk'; set it to"):
        McpSettings.from_env({"PGSTRIKE_MCP_URL": "desk"})
    assert "secret" not in repr(McpSettings.from_env({"PGSTRIKE_MCP_KEY": "secret"}))


def test_command_without_its_package_says_how_to_get_it() -> None:
    """It is an extra, so that all else is there without it."""
    code = (
        "import sys; sys.modules['mcp'] = None; from pgstrike.cli.main import main;"
        "sys.exit(main(['mcp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "pgstrike: `pgstrike mcp` needs the package mcp; "
        "run `pip install 'pgstrike[mcp]'`\n"
    )
    assert pgstrike("mcp", "--help").returncode == 0
