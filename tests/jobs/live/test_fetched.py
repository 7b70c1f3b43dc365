"""jobs.live.fetched and its commands: lists and calendars from a broker."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import psycopg
import pytest
from click.testing import CliRunner

from pgstrike.cli.main import pgstrike
from pgstrike.jobs.live import fetched
from tests.support.kite_script import LIST, SECRETS, dump
from tests.support.quote_market import select
from tests.support.scripted_wire import ScriptedWire

UPSTOX = "https://api.upstox.com/v2/market"
UPSTOX_LIST = "https://assets.upstox.com"
OPTION = {
    "segment": "NSE_FO",
    "expiry": 1756837799000,  # the last second of 2 September 2025 in India
    "instrument_type": "CE",
    "underlying_symbol": "NIFTY",
    "instrument_key": "NSE_FO|1",
    "lot_size": 75,
    "tick_size": 5.0,
    "strike_price": 24600.0,
}
HOLIDAY = {
    "date": "2026-01-06",
    "closed_exchanges": ["NFO"],
    "open_exchanges": [],
}
HOURS = {"exchange": "NFO", "start_time": 1794141000000, "end_time": 1794144600000}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> ScriptedWire:
    """The brokers, in place of the network."""
    script = ScriptedWire(
        {
            LIST: dump(["2025-09-02"]),
            UPSTOX_LIST: json.dumps([OPTION]).encode(),
            f"{UPSTOX}/holidays": json.dumps({"data": [HOLIDAY]}).encode(),
            f"{UPSTOX}/timings": json.dumps({"data": [HOURS]}).encode(),
        }
    )

    @asynccontextmanager
    async def opened() -> AsyncIterator[ScriptedWire]:
        yield script

    monkeypatch.setattr(fetched, "open_rest", opened)
    for name, secret in {**SECRETS, "UPSTOX_TOKEN": "the-token"}.items():
        monkeypatch.setenv(name, secret)
    return script


def said(dsn: str, *words: str) -> str:
    """What a command says, which is run in this process."""
    done = CliRunner().invoke(pgstrike, words, env={"PGSTRIKE_DSN": dsn})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("broker", ["kite", "upstox"])
def test_list_of_a_broker_is_taken_in(
    dsn: str,
    connection: psycopg.Connection,
    wire: ScriptedWire,
    broker: str,
) -> None:
    text = said(dsn, "instrument", "fetch", broker, "--symbol", "NIFTY")
    assert text.startswith(f"{broker} list: 1 symbols")
    terms = "SELECT lot, tick FROM fo.contract_terms WHERE source = %s"
    assert [
        tuple(row.values()) for row in select(connection, terms, f"{broker} list")
    ] == [(75, 0.05)]


def test_calendar_of_upstox_is_taken_in(
    dsn: str, connection: psycopg.Connection, wire: ScriptedWire
) -> None:
    assert said(dsn, "calendar", "fetch", "2026-11-08").splitlines() == [
        "NSE 2026-01-06: closed",
        "NSE 2026-11-08: 18:00-19:00",
        "stored sessions that were checked again: 0",
    ]
    assert [request.headers["Authorization"] for request in wire.asked] == [
        "Bearer the-token"
    ] * 2
    rows = select(
        connection,
        "SELECT session, kind FROM fo.session WHERE source = 'upstox' ORDER BY session",
    )
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 1, 6), "closed"),
        (date(2026, 11, 8), "special"),
    ]
    assert (
        said(dsn, "calendar", "fetch") == "stored sessions that were checked again: 0\n"
    )
