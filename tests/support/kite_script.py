"""Kite over REST and its socket, as a script for a feed: see scripted_wire.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.support.scripted_wire import ScriptedWire

LTP, LIST = "https://api.kite.trade/quote/ltp", "https://api.kite.trade/instruments"
CANDLES = f"{LIST}/historical"
NIFTY = 256 << 8 | 9
HEADER = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,"
    "lot_size,instrument_type,segment,exchange\n"
)
SPOT = {
    "data": {"NSE:NIFTY 50": {"instrument_token": NIFTY, "last_price": 24612.0}},
}
SECRETS = {"KITE_API_KEY": "the-key", "KITE_ACCESS_TOKEN": "the-token"}


def token(number: int) -> int:
    return number << 8 | 2


def dump(
    expiries: Sequence[str] = ("2025-09-02", "2025-09-09", "2025-09-16"),
    strikes: Sequence[int] = range(24400, 24850, 50),
    symbol: str = "NIFTY",
) -> bytes:
    rows, number = [HEADER], 0
    for expiry in expiries:
        for strike in strikes:
            for kind in ("CE", "PE"):
                number += 1
                rows.append(
                    f"{token(number)},1,{symbol}{expiry[2:].replace('-', '')}{strike}{kind},"
                    f"{symbol},0,{expiry},{strike},0.05,75,{kind},NFO-OPT,NFO\n"
                )
    return "".join(rows).encode()


def wire_of(*sockets: Any, dumped: bytes = dump()) -> ScriptedWire:
    answers = {LTP: json.dumps(SPOT).encode(), LIST: dumped}
    return ScriptedWire(answers, sockets)
