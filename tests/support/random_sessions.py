"""Sessions of random quotes: with holes, drop-outs and snapshots outside the hours."""

from datetime import date
from random import Random

from tests.support.quote_market import MONDAY, Quote, ist

EXPIRIES = (date(2025, 9, 2), MONDAY)


def session_of(day: date, random: Random) -> list[Quote]:
    """Snapshots through a day, before and after it too, with holes and drop-outs."""
    quotes = []
    times = ("09:05", "09:16", "09:17", "11:00", "12:30", "14:59", "15:29", "15:33")
    for place, time in enumerate(times):
        for expiry in EXPIRIES:
            for strike in (24_500, 24_550, 24_600, 24_650, 24_700):
                if random.random() < 0.2:
                    continue
                volume = 0 if random.random() < 0.1 else 100 * place + strike % 100
                gap = 24_600 - strike
                quotes.append(
                    Quote(
                        f"{time}:00",
                        strike,
                        leg(120 + gap / 2, volume, random),
                        leg(120 - gap / 2, 2 * volume, random),
                        underlying=24_600.0 if random.random() < 0.7 else None,
                        day=day,
                        expiry=expiry,
                        stamp=ist("15:29:00" if time > "15:30" else f"{time}:00", day),
                    )
                )
    return quotes


def leg(price: float, volume: int, random: Random) -> dict[str, float]:
    return {
        "ltp": price,
        "bid": price - 1,
        "ask": price + 1,
        "volume": volume,
        "oi": random.randrange(0, 500),
    }
