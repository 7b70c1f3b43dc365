"""The definition of analytics.signals again: of tapes, and of the lines of a recorded file."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from tests.support.quote_market import Row
from tests.support.tape import LEGS, Tape
from tests.support.unusual import unusual

NAMED = {
    (1, 1): ("long_buildup", "BUY"),
    (-1, 1): ("short_buildup", "SELL"),
    (-1, -1): ("long_unwinding", "SELL"),
    (1, -1): ("short_covering", "BUY"),
}


def signals(tapes: list[Tape], at: datetime) -> list[Row]:
    """The rows by the definition, best first; NaN is unknown."""
    times = [
        time for tape in tapes for time in tape.times()[tape.is_quoted.any(axis=2)]
    ]
    seen = [time for time in times if time <= at]
    opened = min(time for time in seen if time.date() == max(seen).date())
    base = max(opened, max(seen) - timedelta(minutes=15))
    found = [row for tape in tapes for row in changes(tape, at, opened, base)]
    most = max((abs(row["oi_change"]) for row in found), default=0)
    for row in found:
        row["weight"] = abs(row["oi_change"]) / most
        known = [row[name] for name in ("turnover", "unusualness")]
        known = [part for part in known if not np.isnan(part)]
        row["score"] = (2 * row["weight"] + sum(known)) / (2 + len(known))
    return sorted(
        found,
        key=lambda row: (-row["score"], row["expiry"], row["strike"], row["leg"]),
    )


def changes(
    tape: Tape, at: datetime, opened: datetime, base: datetime
) -> Iterator[Row]:
    """The legs of one expiry that have a class."""
    times, now, then = tape.times(), tape.newest(at), tape.newest(base)
    told = {(row["strike"], row["leg"]): row for row in unusual(tape, at, 20)}
    for strike in now.keys() & then.keys():
        if times[then[strike]] < opened:
            continue
        for side, name in enumerate(LEGS):
            oi, price = (
                figures[(*now[strike], strike, side)]
                - figures[(*then[strike], strike, side)]
                for figures in (tape.oi, tape.ltp)
            )
            if np.isnan(oi * price) or oi * price == 0:
                continue
            mine = told[tape.strikes[strike], name]
            zs = np.array([abs(mine["oi_change_z"]), mine["volume_z"]])
            z = np.nan if np.isnan(zs).all() else max(0, np.nanmax(zs))
            buildup, bias = NAMED[int(np.sign(price)), int(np.sign(oi))]
            yield {
                "expiry": tape.expiry,
                "strike": tape.strikes[strike],
                "leg": name,
                "buildup": buildup,
                "side": bias,
                "base_time": times[then[strike]],
                "oi_change": oi,
                "price_change": price,
                "turnover": mine["volume"] / (mine["volume"] + mine["oi"]),
                "unusualness": z / (z + 2),
            }


def recorded_signals(
    lines: list[dict[str, str]],
) -> list[tuple[float, float, str, str]]:
    """Less their score, strike, leg and class, best first; no session is known before."""
    times = [
        datetime.strptime(line["collection_timestamp"], "%Y%m%d_%H%M%S")
        for line in lines
    ]
    base = max(times) - timedelta(minutes=15)
    then, now = (
        {
            float(line["Strike_Price"]): line
            for line, time in zip(lines, times, strict=True)
            if time <= until
        }
        for until in (base, max(times))
    )
    found = []
    for strike, leg, side in itertools.product(then, LEGS, ("CALLS", "PUTS")):
        if side.lower().startswith(leg):
            oi, volume, price, old_oi, old_price = (
                float(at[strike][f"{side}_{name}"])
                for at, name in (
                    *((now, name) for name in ("OI", "Volume", "LTP")),
                    *((then, name) for name in ("OI", "LTP")),
                )
            )
            signs = int(np.sign(price - old_price)), int(np.sign(oi - old_oi))
            if price and old_price and signs in NAMED:
                turnover = volume / (volume + oi)
                found.append((abs(oi - old_oi), turnover, strike, leg, NAMED[signs][0]))
    most = max(change for change, *_ in found)
    return sorted(
        (-(2 * change / most + turnover) / 3, *rest)
        for change, turnover, *rest in found
    )
