"""Panels while a recorded session plays: whatever is cut, each ends with what SQL says."""

import asyncio
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from db.connection import connect
from jobs.quote import QuoteBatch
from tests.api.conftest import Client, Serve
from tests.api.panel_reader import Held
from tests.api.test_replay_parity import play, recorded

READERS = 16
LIVE = ("call_ltp", "put_ltp", "call_oi", "put_oi", "call_iv", "put_iv", "call_volume",
        "call_delta", "put_bid_qty", "moneyness_level", "put_moneyness")  # fmt: skip
BAR = ("call_close", "put_open", "call_oi", "put_oi_change", "call_volume", "put_iv")


@dataclass
class Wish:
    """A panel that somebody might ask for."""

    timeframe: str
    expiries: list[str]
    fields: list[str]
    strikes: str | None
    interval: int

    @classmethod
    def random(cls, chance: random.Random) -> "Wish":
        timeframe = chance.choice(["live", "live", "live", "1min", "5min"])
        columns = LIVE if timeframe == "live" else BAR
        dates = ["front", "next", "2025-09-30", "2025-10-28", "2025-12-30"]
        return cls(
            timeframe,
            chance.sample(dates, chance.randrange(4)),
            chance.sample(columns, chance.randrange(1, 6)),
            chance.choice([None, "atm:0", "atm:3", "atm:10", "53000..55000"]),
            chance.choice([0, 50, 200]),
        )

    def query(self) -> str:
        parts = [
            "?symbol=BANKNIFTY",
            f"timeframe={self.timeframe}",
            f"fields={','.join(self.fields)}",
            f"interval={self.interval}",
            *(f"expiry={expiry}" for expiry in self.expiries),
        ]
        return "&".join(parts + ([f"strikes={self.strikes}"] if self.strikes else []))


def play_out(dsn: str, batches: list[QuoteBatch]) -> int:
    """Store the batches. Returns the newest event: that of the snapshot that has them all."""
    play(dsn, batches)
    with connect(dsn, "test") as reader:
        [(newest,)] = reader.execute("SELECT max(id) FROM fo.event").fetchall()
    return int(newest)


async def follow(
    client: Client, wish: Wish, chance: random.Random, playing: "asyncio.Task[int]"
) -> Held:
    """Read the panel, dropping the connection now and then, until the session is over."""
    held, at = Held(), ""

    def is_over(id: int) -> bool:
        return playing.done() and id >= playing.result()

    while not is_over(held.id):
        leave = chance.randrange(1, 40)
        async with client.stream(wish.query(), Last_Event_ID=at) as stream:
            async for event in stream.until(is_over):
                held.apply(event)
                at = event.last_id
                leave -= 1
                if not leave:
                    break
            else:
                at = stream.parser.last_id
            held.id = int(at.rpartition(":")[2])
    return held


def expected(
    connection: psycopg.Connection, wish: Wish
) -> dict[tuple[str, str], dict[float, dict[str, Any]]]:
    """The panel by SQL, and by the words of the contract."""
    with connection.cursor(row_factory=dict_row) as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, wish.fields))
        rows = cursor.execute(
            sql.SQL(
                "SELECT expiry::text AS at, strike, quote_time, underlying, strike_gap, {}"
                " FROM fo.latest_snapshot WHERE symbol = 'BANKNIFTY' AND timeframe = %s"
                " ORDER BY expiry, quote_time DESC, strike"
            ).format(names),
            [wish.timeframe],
        ).fetchall()
        gaps = cursor.execute(
            "SELECT DISTINCT ON (expiry) expiry::text AS at, strike_gap"
            " FROM fo.latest_snapshot WHERE symbol = 'BANKNIFTY' AND timeframe = 'live'"
            " ORDER BY expiry, quote_time DESC, strike"
        ).fetchall()
    living = sorted({row["at"] for row in rows})
    named = {"front": living[0], "next": living[1]}
    wanted = [named.get(expiry, expiry) for expiry in wish.expiries] or living
    gap_of = {row["at"]: row["strike_gap"] for row in gaps}
    found = {}
    for expiry in set(wanted).intersection(living):
        chain = [row for row in rows if row["at"] == expiry]
        found["BANKNIFTY", expiry] = {
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


@pytest.mark.parametrize("seed", [1, 2])
async def test_panels_hold_what_sql_says(
    dsn: str, connection: psycopg.Connection, data: Path, serve: Serve, seed: int
) -> None:
    chance = random.Random(seed)
    batches = recorded(data)
    play(dsn, batches[:10])
    wishes = [Wish.random(chance) for _ in range(READERS)]
    async with serve(heartbeat_seconds=0.2) as client:
        playing = asyncio.create_task(asyncio.to_thread(play_out, dsn, batches[10:]))
        async with asyncio.timeout(240):
            panels = await asyncio.gather(
                *(
                    follow(client, wish, random.Random(chance.random()), playing)
                    for wish in wishes
                )
            )
    for wish, held in zip(wishes, panels, strict=True):
        assert held.rows == expected(connection, wish), wish
    assert sum(held.snapshots for held in panels) == READERS
