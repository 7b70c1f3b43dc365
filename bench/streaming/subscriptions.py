"""What clients ask: a subscription, or a thousand different ones of about the same size."""

from datetime import date, timedelta
from itertools import combinations, islice
from urllib.parse import urlencode

from bench.generate import SYMBOL
from bench.streaming.load import request
from bench.streaming.market import FRONT

KEY = "bench-key"
SIX_FIELDS = "ltp,oi,iv"  # of both legs
LIVELY = [
    f"{leg}_{name}"
    for leg in ("call", "put")
    for name in ("ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi", "iv")
]


def ask(*, gzip: bool = False, key: str = KEY, **parameters: object) -> str:
    """The request of one subscription."""
    query = urlencode({"symbol": SYMBOL, **parameters}, doseq=True)
    headers = {"Accept_Encoding": "gzip"} if gzip else {}
    return request(f"/v1/stream?{query}", Authorization=f"Bearer {key}", **headers)


def raw() -> str:
    """Every event of the front expiry, byte for byte."""
    return ask(topic="chain", expiry=FRONT)


def distinct_raw(count: int) -> list[str]:
    """As many filters, which all let the front expiry pass."""
    others = [FRONT + timedelta(days=n) for n in range(1000, 1000 + count)]
    return [ask(topic="chain", expiry=[FRONT, other]) for other in others]


def panel(interval_ms: int = 0) -> str:
    """21 strikes around the money, six fields, of the front expiry."""
    return ask(expiry=FRONT, strikes="atm:10", fields=SIX_FIELDS, interval=interval_ms)


def distinct_panels(count: int, interval_ms: int = 0, key: str = KEY) -> list[str]:
    """Panels of six fields each, no two the same six; all of them change all the time."""
    return [
        ask(
            expiry=FRONT,
            strikes="atm:10",
            fields=",".join(fields),
            interval=interval_ms,
            key=key,
        )
        for fields in islice(combinations(LIVELY, 6), count)
    ]


def typical_panel(expiries: list[date], *, gzip: bool) -> str:
    """Of each expiry 21 strikes, six fields."""
    return ask(expiry=expiries, strikes="atm:10", fields=SIX_FIELDS, gzip=gzip)
