"""A market as a feed writes it: NDJSON, every figure of every strike another each step."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

SYMBOLS = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50")
EXPIRIES = [date(2025, 9, 30) + timedelta(days=7 * n) for n in range(4)]
OPENS = datetime(2025, 9, 1, 4, 0, tzinfo=UTC)
STEP_SECONDS = 5
MONEY, GAP = 24_600.0, 5.0


def steps(strikes: int, count: int, seed: int = 7) -> Iterator[bytes]:
    """The lines of each step: so many strikes over all symbols and expiries."""
    random = np.random.default_rng(seed)
    ladder = strikes // (len(SYMBOLS) * len(EXPIRIES))
    for number in range(count):
        lines = [
            line
            for symbol in SYMBOLS
            for line in snapshot(symbol, number, ladder, random)
        ]
        yield "".join(lines).encode()


def snapshot(
    symbol: str, number: int, ladder: int, random: np.random.Generator
) -> Iterator[str]:
    when = (OPENS + timedelta(seconds=STEP_SECONDS * number)).isoformat()
    money = MONEY + random.uniform(-GAP, GAP)
    for expiry in EXPIRIES:
        for place in range(ladder):
            strike = MONEY + GAP * (place - ladder // 2)
            head = {
                "quote_time": when,
                "symbol": symbol,
                "expiry": expiry.isoformat(),
                "strike": strike,
                "underlying": round(money, 2),
            }
            legs = {
                leg: figures(sign * (money - strike), number, random)
                for leg, sign in (("call", 1), ("put", -1))
            }
            yield json.dumps(head | legs) + "\n"


def figures(worth: float, number: int, random: np.random.Generator) -> dict[str, float]:
    mid = max(worth, 0) + 200 * float(np.exp(-abs(worth) / 400)) + random.random()
    return {
        "ltp": round(mid, 2),
        "bid": round(mid * 0.995, 2),
        "ask": round(mid * 1.005, 2),
        "bid_qty": int(random.integers(1, 99)) * 75,
        "ask_qty": int(random.integers(1, 99)) * 75,
        "volume": 7_500 * (number + 1),
        "oi": int(random.integers(1_000, 90_000)) * 75,
    }
