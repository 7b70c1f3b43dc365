"""The clients' panels: what the frames add up to, through resets, rolls and reconnections."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike_client import Client, Event, Panel, PgstrikeError, Stream
from tests.api.conftest import KEY
from tests.api.conftest import Client as Served
from tests.support.client_reading import NODE, SCRIPT, needs_node, node
from tests.support.live_market import DEATH, EXPIRIES, epoch, open_store, quote
from tests.support.panel_reader import said

CLOCK = datetime(2025, 9, 3, 10, tzinfo=UTC)


def write_market(store: Store) -> int:
    """What happens while a panel is watched. Returns the last event's id."""
    for minute, underlying in enumerate((24510, 24460, 24540), 1):
        quote(store, minute, underlying=underlying, seed=minute)
    store.connection.execute("UPDATE job.event_counter SET generation = generation + 1")
    quote(store, 5, seed=5)
    quote(store, DEATH, expiries=EXPIRIES[1:], seed=6, underlying=24460)
    return quote(store, DEATH + 24 * 60, expiries=EXPIRIES[1:], seed=7).event_id


def expected(connection: psycopg.Connection) -> dict[tuple[str, str], Any]:
    found = said(connection)
    assert [key[1] for key in found] == [EXPIRIES[1].isoformat()]
    return {
        key: {strike: rows[strike] for strike in (24450, 24500, 24550)}
        for key, rows in found.items()
    }


async def test_panel_holds_what_sql_says(
    client: Served, connection: psycopg.Connection
) -> None:
    store = open_store(connection)
    quote(store, 0)
    others: list[Event] = []
    last = None
    async with asyncio.timeout(30), Client(client.address, key=KEY) as reader:
        async for panel in reader.panel(
            "NIFTY",
            strikes="atm:1",
            fields=["ltp", "oi"],
            interval=0,
            on_event=others.append,
        ):
            last = last or write_market(store)
            assert panel.event is not None
            if int(panel.event.id.rpartition(":")[2]) >= last:
                break
    assert {key: chain.rows for key, chain in panel.chains.items()} == expected(
        connection
    )
    assert [event.type for event in others] == ["reset"]
    [chain] = panel.chains.values()
    assert (panel.clock, chain.quote_time, chain.underlying) == (CLOCK, CLOCK, 24510)
    assert (chain.symbol, chain.expiry) == ("NIFTY", EXPIRIES[1].isoformat())


@needs_node
async def test_panel_in_javascript_holds_what_sql_says(
    client: Served, connection: psycopg.Connection
) -> None:
    assert NODE is not None
    store = open_store(connection)
    quote(store, 0)
    query = {"symbol": "NIFTY", "strikes": "atm:1", "fields": "ltp,oi", "interval": 0}
    given = {"url": client.address, "key": KEY, "query": query}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, str(SCRIPT), "panel", json.dumps(given), stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None and process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"begun\n"
        last = await asyncio.to_thread(write_market, store)
        process.stdin.write(json.dumps({epoch(connection): last}).encode())
        body = json.loads(await process.stdout.read())
        assert await process.wait() == 0
    assert body["kinds"] == ["reset"]
    found = {
        (chain["symbol"], chain["expiry"]): dict(chain["rows"])
        for chain in body["chains"]
    }
    assert found == expected(connection)
    [chain] = body["chains"]
    assert datetime.fromisoformat(body["clock"]) == CLOCK
    assert (chain["quoteTime"], chain["underlying"]) == (body["clock"], 24510)


TIME = "2025-08-29T09:57:52+00:00"


def frame(type: str, **chains: dict[str, Any]) -> Event:
    """An event of a panel, with chains by expiry."""
    sent = [
        {"symbol": "NIFTY", "expiry": expiry, "quote_time": TIME, **chain}
        for expiry, chain in chains.items()
    ]
    return Event(type, json.dumps({"clock": TIME, "chains": sent}), "a:1")


def rows(*rows: dict[str, Any], **about: Any) -> dict[str, Any]:
    return {"underlying": 24510.5, "rows": rows, **about}


TWO = rows(
    {"strike": 24400, "oi": 1, "iv": 0.1}, {"strike": 24450, "oi": 2, "iv": None}
)
FRAMES = [
    frame("snapshot", old=TWO),
    frame("snapshot", near=TWO, far=TWO, next=TWO),
    frame("ops"),
    frame("chain", near=rows({"strike": 24400, "oi": 7}, {"strike": 24500, "oi": 3})),
    frame("chain", near=rows(gone=[24450, 1])),
    frame("chain", far=rows(gone=[24400, 24450], left=True), other=rows(left=True)),
    frame("chain", next={"expired": True}),
]
HELD = [{"strike": 24400, "oi": 7, "iv": 0.1}, {"strike": 24500, "oi": 3}]
CHANGED = [True, True, False, True, True, True, True]


def test_frames_add_up() -> None:
    panel = Panel()
    assert [panel.apply(event) for event in FRAMES] == CHANGED
    [(key, chain)] = panel.chains.items()
    assert key == (chain.symbol, chain.expiry) == ("NIFTY", "near")
    assert panel.clock == chain.quote_time == datetime.fromisoformat(TIME)
    assert chain.underlying == 24510.5
    assert [*chain.rows.values()] == HELD and [*chain.rows] == [24400, 24500]


@needs_node
async def test_frames_add_up_in_javascript() -> None:
    found = await node("apply", [event._asdict() for event in FRAMES])
    about = {"symbol": "NIFTY", "expiry": "near", "quoteTime": TIME, "rows": HELD}
    chains = [["NIFTY near", {**about, "underlying": 24510.5}]]
    assert found == {"changed": CHANGED, "clock": TIME, "chains": chains}


@pytest.mark.parametrize(
    "data",
    ["", "7", "[]", "{}", '{"clock":"x","chains":[]}', '{"clock":null}', "[" * 9999],
)
def test_event_that_is_none_of_a_panel_is_named(data: str) -> None:
    with pytest.raises(PgstrikeError, match=r"event a:1 \(chain\)"):
        Panel().apply(Event("chain", data, "a:1"))


def test_panel_takes_no_snapshot() -> None:
    async def snapshot() -> Any: ...

    with pytest.raises(ValueError, match="brings its state"):
        Stream(
            None,  # type: ignore[arg-type]
            "http://x",
            query=[("strikes", "atm:1")],
            snapshot=snapshot,
        )
