"""What a panel's frames add up to, kept by the contract's words and by nothing of ours."""

import asyncio
import json
from typing import Any

import psycopg

from tests.support.live_market import refresh
from tests.support.sse_reader import Dispatched, Stream

Key = tuple[str, str]


class Held:
    """The chains of a panel, as a reader holds them."""

    def __init__(self) -> None:
        self.clock: str | None = None
        self.quote_times: dict[Key, str] = {}
        self.underlyings: dict[Key, float | None] = {}
        self.rows: dict[Key, dict[float, dict[str, Any]]] = {}
        self.id = -1
        self.epoch = ""
        self.reset_by: str | None = None
        self.others: list[dict[str, Any]] = []
        self.snapshots = 0

    def apply(self, event: Dispatched) -> dict[str, Any]:
        """Take a frame, and hold it to what every frame must be."""
        body: dict[str, Any] = json.loads(event.data)
        if event.type == "reset":
            self.reset_by = body["reason"]
            self.epoch, self.id = "", -1
            return body
        self._note_id(event.last_id)
        assert body["topic"] == event.type
        if event.type == "snapshot":
            self.rows.clear()
            self.snapshots += 1
        elif event.type != "chain":
            self.others.append(body)
            return body
        self.clock = body["clock"]
        for chain in body["chains"]:
            self._take(chain)
        return body

    def _note_id(self, text: str) -> None:
        epoch, _, id = text.partition(":")
        assert epoch == self.epoch or not self.epoch
        assert int(id) > self.id, "ids rise"
        self.epoch, self.id = epoch, int(id)

    def _take(self, chain: dict[str, Any]) -> None:
        key = (chain["symbol"], chain["expiry"])
        if chain.get("expired"):
            del self.rows[key]
            return
        rows = self.rows.setdefault(key, {})
        self.quote_times[key] = chain["quote_time"]
        self.underlyings[key] = chain["underlying"]
        for strike in chain.get("gone", ()):
            del rows[strike]
        for row in chain["rows"]:
            rows.setdefault(row["strike"], {}).update(row)
        if chain.get("left"):
            assert not self.rows.pop(key)


def said(
    connection: psycopg.Connection, fields: str = "ltp oi", timeframe: str = "live"
) -> dict[Key, dict[float, dict[str, Any]]]:
    """What SQL says of the snapshot, once it is refreshed, in the form of Held.rows."""
    refresh(connection)
    names = [f"{leg}_{field}" for field in fields.split() for leg in ("call", "put")]
    found: dict[Key, dict[float, dict[str, Any]]] = {}
    for symbol, expiry, strike, *figures in connection.execute(
        f"SELECT symbol, expiry::text, strike, {', '.join(names)}"
        " FROM fo.latest_snapshot WHERE timeframe = %s".encode(),
        [timeframe],
    ):
        rows = found.setdefault((symbol, expiry), {})
        rows[strike] = {"strike": strike, **dict(zip(names, figures, strict=True))}
    return found


async def read_up_to(stream: Stream, held: Held, id: int) -> list[dict[str, Any]]:
    """Apply frames until one includes an event. Returns them."""
    frames = []
    async with asyncio.timeout(20):
        while held.id < id:
            frames.append(held.apply(await stream.next()))
    return frames
