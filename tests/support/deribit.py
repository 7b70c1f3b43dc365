"""Deribit's answers and frames, generated, and the recorded ones where they are there."""

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.feed_acts import replies
from tests.support.feed_server import Answer, FeedServer, Heard, Message, Script, clock
from tests.support.feeds import DATA

SOCKET, REST = "/ws/api/v2", "/api/v2/public/"
EXPIRY = "24SEP21"
STRIKES = (30_000, 34_000, 38_000)
INDEX, FORWARD = 32_000.0, 32_100.0
NAMES = tuple(f"BTC-{EXPIRY}-{strike}-{side}" for strike in STRIKES for side in "CP")


def names_of(expiry: date) -> tuple[str, ...]:
    """The options of an expiry that has not passed."""
    day = f"{expiry.day}{expiry:%b%y}".upper()
    return tuple(f"BTC-{day}-{strike}-{side}" for strike in STRIKES for side in "CP")


LIVE_NAMES = names_of(date.today() + timedelta(days=30))


def shared_feed(name: str) -> Path:
    """A file of recorded frames, or skip."""
    path = DATA.parent / "feeds" / name
    if not path.exists():
        pytest.skip(f"no recorded frames: {path}")
    return path


def recorded_tickers() -> list[bytes]:
    """The ticker frames of a recorded session, as they came."""
    with gzip.open(shared_feed("deribit-frames-2021.txt.gz"), "rt") as file:
        bodies = [
            line.partition(": ")[2] for line in file if '"channel":"ticker' in line
        ]
    return [body.strip().encode() for body in bodies]


def instruments(names: Iterable[str] = NAMES) -> bytes:
    rows = [
        {"instrument_name": name, "kind": "option", "is_active": True} for name in names
    ]
    return json.dumps({"jsonrpc": "2.0", "result": rows}).encode()


def summary(names: Iterable[str] = NAMES) -> bytes:
    """The rows of get_book_summary_by_currency: no Greeks, and no quantities."""
    rows = [
        {
            "instrument_name": name,
            "creation_timestamp": 1626993723632,
            "underlying_price": FORWARD,
            "estimated_delivery_price": INDEX,
            "bid_price": None,
            "ask_price": 0.05,
            "last": 0.04,
            "mark_iv": 80.0,
            "open_interest": 12.5,
            "volume": 3.2,
        }
        for name in names
    ]
    return json.dumps({"jsonrpc": "2.0", "result": rows}).encode()


def ticker(name: str, time: int = 1626993723632, **figures: object) -> dict[str, Any]:
    """The data of one ticker frame; `figures` replace its own."""
    return {
        "instrument_name": name,
        "timestamp": time,
        "underlying_price": FORWARD,
        "index_price": INDEX,
        "estimated_delivery_price": INDEX,
        "open_interest": 12.5,
        "stats": {"volume": 3.2, "low": None, "high": None},
        "mark_iv": 80.0,
        "last_price": 0.04,
        "greeks": {"vega": 20.0, "theta": -16.0, "gamma": 0.0002, "delta": 0.5},
        "best_bid_price": 0.03,
        "best_bid_amount": 4.7,
        "best_ask_price": 0.05,
        "best_ask_amount": 8.0,
        **figures,
    }


def frame(data: object, channel: str = "ticker") -> str:
    params = {"channel": channel, "data": data}
    return json.dumps({"jsonrpc": "2.0", "method": "subscription", "params": params})


def heartbeat() -> str:
    return json.dumps(
        {"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}}
    )


def subscribed_names(heard: Heard) -> list[str]:
    """The instruments that a message subscribes to."""
    body = json.loads(heard.body or "{}")
    channels = body.get("params", {}).get("channels", [])
    return [each.split(".")[1] for each in channels if each.startswith("ticker.")]


def exchange(off_by: float = 0.0) -> Callable[[Heard], list[Message]]:
    """Answers as Deribit does: a reply, then a ticker for each name subscribed to."""
    tells = clock(off_by)

    def reply(heard: Heard) -> list[Message]:
        told: list[Message] = [json.dumps({"jsonrpc": "2.0", "id": 1, "result": "ok"})]
        return told + [frame(ticker(name, tells())) for name in subscribed_names(heard)]

    return reply


def deribit_server(
    scripts: Sequence[Script] = (), names: Sequence[str] = NAMES
) -> FeedServer:
    """One that lists these options; without scripts it behaves."""
    return FeedServer(
        {SOCKET: scripts or [[replies(exchange())]]},
        {
            f"{REST}get_instruments": [Answer(body=instruments(names))],
            f"{REST}get_book_summary_by_currency": [Answer(body=summary(names))],
        },
    )
