"""Panels while a recorded session plays: whatever is cut, each ends with what SQL says."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pgstrike.db.connection import connect
from pgstrike.jobs.quote import QuoteBatch
from tests.api.conftest import Client, Serve
from tests.support.panel_oracle import BAR, LIVE, expected
from tests.support.panel_reader import Held
from tests.support.played import play, recorded
from tests.support.seeds import seeds

READERS = 16


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


@seeds(2)
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
        assert held.rows == expected(connection, "BANKNIFTY", wish), wish
    assert sum(held.snapshots for held in panels) == READERS
