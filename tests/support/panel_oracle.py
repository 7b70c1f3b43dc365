"""What a panel must hold, asked of SQL and of nothing that the server is made of."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

LIVE = ("call_ltp", "put_ltp", "call_oi", "put_oi", "call_iv", "put_iv", "call_volume",
        "call_delta", "put_bid_qty", "moneyness_level", "put_moneyness")  # fmt: skip
BAR = ("call_close", "put_open", "call_oi", "put_oi_change", "call_volume", "put_iv")


class Wish(Protocol):
    """What a panel is asked for; an expiry may be front or next."""

    timeframe: str
    expiries: Sequence[str]
    fields: Sequence[str]
    strikes: str | None


def expected(
    connection: psycopg.Connection, symbol: str, wish: Wish
) -> dict[tuple[str, str], dict[float, dict[str, Any]]]:
    """A panel of one symbol, by SQL and by the words of the documentation."""
    with connection.cursor(row_factory=dict_row) as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, wish.fields))
        rows = cursor.execute(
            sql.SQL(
                "SELECT expiry::text AS at, strike, quote_time, underlying, strike_gap, {}"
                " FROM fo.latest_snapshot WHERE symbol = %s AND timeframe = %s"
                " ORDER BY expiry, quote_time DESC, strike"
            ).format(names),
            [symbol, wish.timeframe],
        ).fetchall()
        gaps = cursor.execute(
            "SELECT DISTINCT ON (expiry) expiry::text AS at, strike_gap"
            " FROM fo.latest_snapshot WHERE symbol = %s AND timeframe = 'live'"
            " ORDER BY expiry, quote_time DESC, strike",
            [symbol],
        ).fetchall()
    living = sorted({row["at"] for row in rows})
    named = dict(zip(("front", "next"), living, strict=False))
    wanted = [named.get(expiry, expiry) for expiry in wish.expiries] or living
    gap_of = {row["at"]: row["strike_gap"] for row in gaps}
    found = {}
    for expiry in set(wanted).intersection(living):
        chain = [row for row in rows if row["at"] == expiry]
        found[symbol, expiry] = {
            row["strike"]: {"strike": row["strike"], **{n: row[n] for n in wish.fields}}
            for row in chain
            if is_within(row["strike"], wish.strikes, chain, gap_of[expiry])
        }
    return found


def is_within(
    strike: float, strikes: str | None, chain: list[dict[str, Any]], gap: float | None
) -> bool:
    if strikes is None:
        return True
    if ".." in strikes:
        lowest, highest = map(float, strikes.split(".."))
        return lowest <= strike <= highest
    underlying = chain[0]["underlying"]
    if underlying is None or gap is None:
        return False
    ladder = (row["strike"] for row in chain)
    at = min(ladder, key=lambda rung: (abs(rung - underlying), rung))
    level = math.ceil((strike - at) / gap - 0.5)
    return abs(level) <= int(strikes.removeprefix("atm:"))
