"""Random chains to hold against an oracle: each kind lacks, repeats or strains something."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np

from pgstrike.jobs.pricing.greeks import price
from tests.support.quote_market import EXPIRY, FRIDAY, Leg, Quote, ist

RATE = 0.065
CLOSE = "15:30:00"
# So that gamma exposure is exact in binary, and sums of it can be zero.
ROUND_FORWARD = 25_600.0

Random = np.random.Generator


def years_until(expiry: date, time: str, day: date = FRIDAY) -> float:
    """From an instant to the close of expiry day."""
    return (ist(CLOSE, expiry) - ist(time, day)) / timedelta(days=365)


def black_chain(
    random: Random, time: str, day: date = FRIDAY, expiry: date = EXPIRY
) -> list[Quote]:
    """Both legs of 41 strikes as Black-76 has them on a smile, with open interest."""
    forward, years = random.uniform(24_000, 25_000), years_until(expiry, time, day)
    strikes = np.arange(23_500, 25_501, 50.0)
    distance = np.log(strikes / forward)
    vol = random.uniform(0.1, 0.4) + random.uniform(-1, 0) * distance + 3 * distance**2
    underlying = forward - random.uniform(-60, 60) if random.random() < 0.5 else None
    legs: list[list[Leg]] = []
    for is_call in (True, False):
        fair = price(forward, strikes, years, vol, RATE, is_call)
        legs.append(
            [
                {
                    "ltp": 1.1 * each,
                    "bid": 0.995 * each,
                    "ask": 1.005 * each,
                    "oi": int(random.integers(0, 90_000)) * 75,
                    "volume": int(random.integers(0, 900_000)) * 75,
                }
                for each in fair.tolist()
            ]
        )
    return [
        Quote(time, strike, call, put, underlying, day, expiry)
        for strike, call, put in zip(strikes.tolist(), *legs, strict=True)
    ]


def without(quotes: list[Quote], keep: Callable[[str], bool]) -> list[Quote]:
    """The quotes with only those figures of their legs that are to be kept."""

    def kept(leg: Leg) -> Leg:
        return {name: figure for name, figure in leg.items() if keep(name)}

    return [
        quote._replace(call=kept(quote.call), put=kept(quote.put)) for quote in quotes
    ]


def missing_legs(random: Random, *of: str | date) -> list[Quote]:
    """Of two legs in five nothing is known."""
    return [
        quote._replace(
            call=quote.call if random.random() < 0.6 else {},
            put=quote.put if random.random() < 0.6 else {},
        )
        for quote in black_chain(random, *of)
    ]


def missing_oi(random: Random, *of: str | date) -> list[Quote]:
    """Of two figures in five nothing is known, and of the open interest of calls never."""
    quotes = without(black_chain(random, *of), lambda _: random.random() < 0.6)
    return [
        quote._replace(
            call={**quote.call, "oi": None} if of[-1] != EXPIRY else quote.call
        )
        for quote in quotes
    ]


def missing_greeks(random: Random, *of: str | date) -> list[Quote]:
    """No market, hence no forward, no volatility and no Greeks."""
    return without(black_chain(random, *of), lambda name: name not in ("bid", "ask"))


def one_strike(random: Random, *of: str | date) -> list[Quote]:
    """Its forward is that of another expiry, where there is one."""
    quotes = black_chain(random, *of)
    return [quotes[int(random.integers(len(quotes)))]]


def far_strikes(random: Random, *of: str | date) -> list[Quote]:
    """All on one side of the money."""
    quotes = black_chain(random, *of)
    return quotes[-7:] if random.random() < 0.5 else quotes[:7]


def fed_greeks(random: Random, *of: str | date) -> list[Quote]:
    """The feed's own volatilities and Greeks, in no order, some of them missing."""

    def fed(leg: Leg, sign: int) -> Leg:
        own = {
            "iv": random.uniform(0.05, 0.5),
            "delta": sign * random.uniform(0, 1),
            "gamma": random.uniform(0, 0.002),
        }
        return {**leg, **{name: own[name] for name in own if random.random() < 0.9}}

    return [
        quote._replace(call=fed(quote.call, 1), put=fed(quote.put, -1))
        for quote in black_chain(random, *of)
    ]


def round_chain(
    figures: Mapping[float, tuple[Leg, Leg]],
    time: str = "10:00:00",
    day: date = FRIDAY,
    expiry: date = EXPIRY,
) -> list[Quote]:
    """Strikes by hand, at a forward of 25,600 to the last digit.

    Three strikes around it have a market, and nothing more than it and what `figures` say
    of them: the median of their parity forwards is that of the middle one.
    """
    markets = {-50.0: (150.0, 100.0), 0.0: (100.0, 100.0), 50.0: (100.0, 150.0)}
    market: dict[float, tuple[Leg, Leg]] = {
        ROUND_FORWARD + distance: (
            {"bid": call, "ask": call},
            {"bid": put, "ask": put},
        )
        for distance, (call, put) in markets.items()
    }
    nothing: tuple[Leg, Leg] = ({}, {})
    quotes = []
    for strike in sorted({*figures, *market}):
        legs = zip(
            figures.get(strike, nothing), market.get(strike, nothing), strict=True
        )
        quotes.append(
            Quote(
                time,
                strike,
                *({**own, **other} for own, other in legs),
                None,
                day,
                expiry,
            )
        )
    return quotes


def coarse_chain(random: Random, *of: str | date) -> list[Quote]:
    """Few values of everything, so that ties, exact hits and sums of zero abound."""

    def leg(sign: int) -> Leg:
        return {
            "ltp": 5.0,
            "oi": random.choice([None, 0, 64, 128]),
            "volume": random.choice([None, 0, 64]),
            "iv": random.choice([None, 0.125, 0.25, 0.5]),
            "delta": random.choice([None, sign * 0.125, sign * 0.25, sign * 0.5]),
            "gamma": random.choice([None, 0.0, 2.0**-10, 2.0**-9]),
        }

    strikes = ROUND_FORWARD + np.arange(-500, 501, 50.0)
    chain = round_chain({strike: (leg(1), leg(-1)) for strike in strikes.tolist()}, *of)
    return [quote._replace(underlying=ROUND_FORWARD + 25) for quote in chain]


def last_minute(random: Random) -> list[Quote]:
    """Expiry day, a minute before the end, with the feed's volatilities: far Greeks vanish."""

    def with_iv(leg: Leg) -> Leg:
        return {**leg, "iv": random.uniform(0.02, 0.2)}

    return [
        quote._replace(call=with_iv(quote.call), put=with_iv(quote.put))
        for quote in black_chain(random, "15:29:00", EXPIRY, EXPIRY)
    ]


KINDS = {
    maker.__name__: maker
    for maker in (
        black_chain,
        missing_legs,
        missing_oi,
        missing_greeks,
        one_strike,
        far_strikes,
        fed_greeks,
        coarse_chain,
    )
}
