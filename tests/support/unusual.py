"""What NumPy says of analytics.unusual_oi, from the quotes of a tape."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from tests.support.tape import LEGS, Tape, last

FIGURES = ("oi", "oi_change", "volume", "volume_to_oi")


def unusual(tape: Tape, at: datetime, sessions: int) -> Iterator[dict[str, Any]]:
    """The rows by the definition, from the quotes; NaN is unknown."""
    newest = tape.newest(at)
    session = max(session for session, _ in newest.values())
    for strike, (day, place) in newest.items():
        for side in range(len(LEGS)):
            now = dict.fromkeys(FIGURES, np.nan)
            now["oi"] = tape.oi[day, place, strike, side]
            if day == session:
                whole = day_of(tape, day, strike, side)
                now["oi_change"] = now["oi"] - whole["first_oi"]
                now["volume"] = tape.volume[day, place, strike, side]
                now["volume_to_oi"] = ratio(now["volume"], now["oi"])
            past = [
                day_of(tape, day, strike, side)
                for day in range(session)
                if tape.is_quoted[day, :, strike].any()
            ][-sessions:]
            yield {
                "expiry": tape.expiry,
                "strike": tape.strikes[strike],
                "leg": LEGS[side],
                **now,
                **against(past, now),
            }


def day_of(tape: Tape, day: int, strike: int, side: int) -> dict[str, float]:
    """One leg's whole session."""
    quoted = tape.is_quoted[day, :, strike]
    oi = tape.oi[day, quoted, strike, side]
    volume = last(tape.volume[day, quoted, strike, side])
    first = last(oi[::-1])
    return {
        "first_oi": first,
        "oi": last(oi),
        "oi_change": last(oi) - first,
        "volume": volume,
        "volume_to_oi": ratio(volume, last(oi)),
    }


def ratio(volume: float, oi: float) -> float:
    return volume / oi if oi else np.nan


def against(past: list[dict[str, float]], now: dict[str, float]) -> dict[str, float]:
    """What the trailing sessions say of each figure."""
    found: dict[str, float] = {
        "sessions": sum(
            not (np.isnan(day["oi"]) and np.isnan(day["volume"])) for day in past
        )
    }
    for name in FIGURES:
        figures = np.array([day[name] for day in past if not np.isnan(day[name])])
        mean = figures.mean() if len(figures) else np.nan
        deviation = figures.std(ddof=1) if len(figures) > 1 else np.nan
        found[f"{name}_mean"], found[f"{name}_deviation"] = mean, deviation
        found[f"{name}_z"] = (
            (now[name] - mean) / deviation if len(figures) > 2 else np.nan
        )
    return found
