"""Commodities and currencies, which Kite counts in lots: ticks, candles and lists in units."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.instrument_list import list_of
from pgstrike.jobs.live.feeds.kite import kite
from pgstrike.jobs.live.plugin import Asked, Frame, Updates
from tests.support.bodies import EXPIRY, read
from tests.support.feeds import leg
from tests.support.kite_messages import Tick, full_packet, message, quote_packet
from tests.support.kite_script import CANDLES, HEADER, LIST, LTP, SECRETS
from tests.support.scripted_wire import NOW, ScriptedWire

NFO, CDS, MCX = 2, 3, 7
EXPIRES = "2025-09-17"
LTP_OF_NONE = b'{"data": {}}'
# Symbol, segment, lot in the list; units of a lot.
COUNTED = [
    ("CRUDEOIL", MCX, 1, 100),
    ("GOLDM", MCX, 1, 10),
    ("NATURALGAS", MCX, 1, 1_250),
    ("USDINR", CDS, 1, 1_000),
    ("CRUDEOIL", MCX, 100, 1),  # if it ever lists the lot, it counts units
    ("NIFTY", NFO, 75, 1),
    ("RELIANCE", NFO, 1, 1),
]
NAMES = {NFO: "NFO", CDS: "CDS", MCX: "MCX"}


def token(segment: int) -> int:
    return 580_470 << 8 | segment


def dump(symbol: str, segment: int, lot: int) -> bytes:
    name = NAMES[segment]
    return (
        f"{HEADER}{token(segment)},1,{symbol}25SEP5500CE,{symbol},0,{EXPIRES},5500,0.1,{lot},"
        f"CE,{name}-OPT,{name}\n"
    ).encode()


def wire_of(dumped: bytes, *sockets: Sequence[Any]) -> ScriptedWire:
    return ScriptedWire({LTP: LTP_OF_NONE, LIST: dumped}, sockets)


def asked(symbol: str, **options: str) -> Asked:
    return Asked("kite", [symbol], {"strikes": "all", **options}, SECRETS.__getitem__)


async def ticks(wire: ScriptedWire, of: Asked) -> list[Updates]:
    feed = kite(of)
    contracts = await feed.contracts(wire)
    return [each async for each in feed.updates(wire, contracts)]


@pytest.mark.parametrize(("symbol", "segment", "lot", "units"), COUNTED)
async def test_ticks_and_candles_are_in_the_same_units(
    symbol: str, segment: int, lot: int, units: int
) -> None:
    tick = Tick(token(segment), volume=7, oi=11, bid_qty=3, ask_qty=5)
    data = message([quote_packet(tick), full_packet(tick)])
    wire = wire_of(dump(symbol, segment, lot), [Frame(NOW + 1, data)])
    feed = kite(asked(symbol))
    contracts = await feed.contracts(wire)
    [updates] = [each async for each in feed.updates(wire, contracts)]
    quote, full = updates.rows
    assert quote["volume"] == full["volume"] == 7 * units
    assert (full["oi"], full["bid_qty"], full["ask_qty"]) == (
        11 * units,
        3 * units,
        5 * units,
    )
    candle = ["2025-08-28T09:15:00+0530", 1, 2, 0.5, 95.1, 7, 11]
    wire.answers[CANDLES] = json.dumps({"data": {"candles": [candle]}}).encode()
    day = date(2025, 8, 28)
    [found] = await feed.candles(wire, contracts[0].key, day, day, day)
    assert (found["volume"], found["oi"]) == (7 * units, 11 * units)
    assert contracts[0].lot == lot * units
    [listed] = list_of(dump(symbol, segment, lot)).contracts
    assert listed.lot == lot * units


async def test_lot_that_is_given_counts_and_one_that_is_not_known_is_asked_for() -> (
    None
):
    dumped = dump("NICKEL", MCX, 1)
    says = r"NICKEL in lots.*set the option lot=NICKEL=N"
    for options in ({}, {"lot": "ZINC=5"}):
        with pytest.raises(FeedError, match=says):
            await kite(asked("NICKEL", **options)).contracts(wire_of(dumped))
    data = message([full_packet(Tick(token(MCX), oi=2))])
    of = asked("NICKEL", lot="NICKEL=250")
    [updates] = await ticks(wire_of(dumped, [Frame(NOW + 1, data)]), of)
    assert updates.rows["oi"].tolist() == [500]


async def test_lot_that_is_given_changes_nothing_that_is_counted_in_units() -> None:
    data = message([full_packet(Tick(token(NFO), oi=150))])
    wire = wire_of(dump("NIFTY", NFO, 75), [Frame(NOW + 1, data)])
    [updates] = await ticks(wire, asked("NIFTY", lot="250"))
    assert updates.rows["oi"].tolist() == [150]


QUOTE = {
    "instrument_token": 1,
    "timestamp": "2025-08-29 10:00:05",
    "last_price": 95.1,
    "volume": 7,
    "oi": 11,
    "depth": {
        "buy": [{"price": 94.9, "quantity": 3}],
        "sell": [{"price": 95.2, "quantity": 5}],
    },
}


def test_quotes_of_a_file_are_in_units_and_one_without_a_lot_is_rejected(
    tmp_path: Path,
) -> None:
    data = {"MCX:CRUDEOIL25SEP5500CE": QUOTE, "MCX:NICKEL25SEP900CE": QUOTE}
    batch = read(tmp_path, {"data": data}, lots={}, facts=Facts(expiry=EXPIRY))
    assert len(batch.rows) == 1
    call = leg(batch, "call")
    assert (call["volume"], call["oi"]) == (700, 1_100)
    assert (call["bid_qty"], call["ask_qty"]) == (300, 500)
    [reject] = batch.rejects
    assert (reject.reason, reject.symbol) == ("no_lot", "NICKEL")
