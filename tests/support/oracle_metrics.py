"""Every figure of fo.expiry_metrics by its definition in docs/metrics.md, with NumPy.

From the stored quotes on, and with nothing of sql/: each contract's known figures, the chain
of them, and its metrics. Where a definition speaks of each strike, this loops over the
strikes; sums are exact (math.fsum), save the running one, which is one addition after the
other. None is unknown.
"""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg

from pgstrike.jobs.feed.times import IST
from tests.support.oracle_chains import (
    CLOSES_AT,
    OPENS_AT,
    STALE_AFTER,
    Chain,
    Figure,
    Floats,
    Row,
    chains_at,
    last_of_each_minute,
    read_quotes,
)
from tests.support.oracle_exposure import Exposure, exposure_levels, exposures
from tests.support.oracle_figures import known, ratio, strongest, total
from tests.support.quote_market import select


def series_differences(
    connection: psycopg.Connection, symbol: str, rate: float
) -> list[str]:
    """Where fo.expiry_metrics is not what the stored quotes come to, and how.

    Every row of the series, and what analytics.expiry_metrics answers at its instant.
    """
    quotes = read_quotes(connection, symbol)
    moments = last_of_each_minute(quotes)
    chains = {
        (chain.as_of, chain.expiry): chain
        for moment in moments
        for chain in chains_at(quotes, moment, rate)
    }
    stored = by_moment(
        select(connection, "SELECT * FROM fo.expiry_metrics WHERE symbol = %s", symbol)
    )
    asked = "SELECT * FROM analytics.expiry_metrics(%s, NULL, %s)"
    answered = by_moment(
        row for moment in moments for row in select(connection, asked, symbol, moment)
    )
    assert set(stored) == set(answered) == set(chains) != set()
    return [
        f"{where}, {key}: {said}"
        for key, chain in chains.items()
        for where, rows in (("stored", stored), ("answered", answered))
        for said in unlike(measure(chain), rows[key], slack(chain))
    ]


def by_moment(rows: Iterable[Row]) -> dict[tuple[datetime, date], Row]:
    return {(row["as_of"], row["expiry"]): row for row in rows}


def measure(chain: Chain) -> Row:
    """All columns of fo.expiry_metrics but the symbol."""
    return {
        "bucket_time": chain.as_of.replace(second=0, microsecond=0),
        "expiry": chain.expiry,
        "as_of": chain.as_of,
        **ages(chain),
        "years": chain.years,
        "underlying": known(chain.underlying),
        "underlying_source": chain.underlying_source,
        "forward": known(chain.forward),
        "forward_source": chain.forward_source,
        "basis": known(chain.forward - chain.underlying),
        **at_the_money(chain),
        **open_interest(chain),
        **max_pain(chain),
        **oi_levels(chain),
        **wings(chain),
        **exposure_levels(chain),
        **known_legs(chain),
    }


def ages(chain: Chain) -> Row:
    """Since the newest quote was read, and since the exchange's newest stamp."""
    local = chain.as_of.astimezone(IST)
    day = datetime.combine(local.date(), datetime.min.time(), IST)
    opens_at, until = day + OPENS_AT, min(local, day + CLOSES_AT)
    if chain.stamp is None:
        stood_still = not chain.has_moved and until - opens_at > STALE_AFTER
        return {
            "age": chain.age,
            "stamp_age": None,
            "is_stale": None if chain.has_moved is None else stood_still,
        }
    stood = until - max(chain.stamp, opens_at)
    return {
        "age": chain.age,
        "stamp_age": max(chain.as_of - chain.stamp, timedelta()),
        "is_stale": stood > STALE_AFTER,
    }


def known_legs(chain: Chain) -> Row:
    """How many legs should be in the sums, and how many are."""
    fresh = chain.is_newest_session
    legs = list(zip((chain.call, chain.put), exposures(chain), strict=True))
    whole = [
        (leg.oi == 0) | ~np.isnan(np.stack(exposure)).any(axis=0)
        for leg, exposure in legs
    ]
    return {
        "legs": sum(int(leg.counts.sum()) for leg, _ in legs),
        "known_legs": sum(int(each.sum()) for each in whole),
        "known_oi_legs": sum(int((~np.isnan(leg.oi)).sum()) for leg, _ in legs),
        "known_volume_legs": sum(
            int((~np.isnan(leg.volume[fresh])).sum()) for leg, _ in legs
        ),
    }


def at_the_money(chain: Chain) -> Row:
    place = nearest_strike(chain)
    if place is None:
        names = ("call_price", "put_price", "straddle", "atm_iv", "expected_move")
        return dict.fromkeys(("atm_strike", *names))
    call, put = chain.call.price[place], chain.put.price[place]
    legs = [leg.iv[place] for leg in (chain.call, chain.put)]
    ivs = [iv for iv in legs if not math.isnan(iv)]
    atm_iv = sum(ivs) / len(ivs) if ivs else math.nan
    return {
        "atm_strike": chain.strike[place],
        "call_price": known(call),
        "put_price": known(put),
        "straddle": known(call + put),
        "atm_iv": known(atm_iv),
        "expected_move": known(chain.forward * atm_iv * math.sqrt(chain.years)),
    }


def nearest_strike(chain: Chain) -> int | None:
    """Where the strike nearest the underlying stands; a tie: the lower."""
    if math.isnan(chain.underlying):
        return None
    return int(np.argmin(np.abs(chain.strike - chain.underlying)))


def open_interest(chain: Chain) -> Row:
    fresh = chain.is_newest_session
    call_oi, put_oi = total(chain.call.oi), total(chain.put.oi)
    call_volume = total(chain.call.volume[fresh])
    put_volume = total(chain.put.volume[fresh])
    return {
        "call_oi": call_oi,
        "put_oi": put_oi,
        "pcr_oi": ratio(put_oi, call_oi),
        "call_volume": call_volume,
        "put_volume": put_volume,
        "pcr_volume": ratio(put_volume, call_volume),
    }


def max_pain(chain: Chain) -> Row:
    calls, puts = np.nan_to_num(chain.call.oi), np.nan_to_num(chain.put.oi)
    if calls.sum() + puts.sum() == 0:
        return {"max_pain": None, "max_pain_payout": None}
    payouts = [
        math.fsum(calls * np.maximum(at - chain.strike, 0))
        + math.fsum(puts * np.maximum(chain.strike - at, 0))
        for at in chain.strike
    ]
    place = int(np.argmin(payouts))  # of several the first: the lowest strike
    return {"max_pain": chain.strike[place], "max_pain_payout": payouts[place]}


def oi_levels(chain: Chain) -> Row:
    """Where OI stands: the strongest strike on each side of the underlying, and its centre.

    Of several the one nearest the underlying.
    """
    above = chain.strike >= chain.underlying
    below = chain.strike <= chain.underlying
    resistance = strongest(chain.strike[above], chain.call.oi[above])
    support = strongest(chain.strike[below][::-1], chain.put.oi[below][::-1])
    return {
        "support": support and support[0],
        "support_oi": support and support[1],
        "resistance": resistance and resistance[0],
        "resistance_oi": resistance and resistance[1],
        "call_oi_strike": centre(chain.strike, chain.call.oi),
        "put_oi_strike": centre(chain.strike, chain.put.oi),
        "oi_strike": centre(
            np.tile(chain.strike, 2), np.concatenate((chain.call.oi, chain.put.oi))
        ),
    }


def centre(strike: Floats, weight: Floats) -> Figure:
    """The mean strike, by weight."""
    weight = np.nan_to_num(weight)
    return ratio(math.fsum(strike * weight), math.fsum(weight))


def wings(chain: Chain) -> Row:
    call, put = iv_at_delta(chain, "call", 0.25), iv_at_delta(chain, "put", 0.25)
    atm_iv = at_the_money(chain)["atm_iv"]
    both = call is not None and put is not None
    return {
        "call_25_iv": call,
        "put_25_iv": put,
        "skew_25": put - call if both else None,
        "butterfly_25": (call + put) / 2 - atm_iv
        if both and atm_iv is not None
        else None,
    }


def iv_at_delta(chain: Chain, leg: str, target: float) -> Figure:
    """Linear in delta between the first two neighbours that bracket it, from the forward out.

    Among the strikes at which the leg is out of the money (at the forward the call is) and
    its IV and delta are known.
    """
    if math.isnan(chain.forward):
        return None
    outwards: list[tuple[float, float]] = []
    figures = chain.call if leg == "call" else chain.put
    sign = 1 if leg == "call" else -1
    for place in np.argsort(sign * chain.strike, kind="stable"):
        pair = sign * figures.delta[place], figures.iv[place]
        is_call = chain.strike[place] >= chain.forward
        if is_call == (leg == "call") and not any(map(math.isnan, pair)):
            outwards.append(pair)
    for (near, near_iv), (far, far_iv) in pairwise(outwards):
        if near >= target >= far and near > far:
            return far_iv + (near_iv - far_iv) * (target - far) / (near - far)
    return None


def slack(chain: Chain) -> dict[str, float]:
    """The error allowed in sums with cancellation: a share of the sum of magnitudes."""
    call, put = exposures(chain)
    return {
        f"net_{name}": 1e-12
        * float(np.nansum(np.abs([getattr(call, name), getattr(put, name)])))
        for name in Exposure._fields
    } | {"gex_flip": 1e-6, "skew_25": 1e-13, "butterfly_25": 1e-13, "basis": 1e-9}


def unlike(expected: Row, found: Row, allowed: dict[str, float]) -> list[str]:
    """The columns in which a row is not as expected: figures to 1e-9, unknown as unknown."""
    assert set(found) == {*expected, "symbol"}
    return [
        f"{name} is {found[name]}, not {wanted}"
        for name, wanted in expected.items()
        if not is_same(wanted, found[name], allowed.get(name, 0.0))
    ]


def is_same(wanted: Any, found: Any, allowed: float) -> bool:
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=1e-9, abs_tol=allowed)
    return bool(wanted == found)
