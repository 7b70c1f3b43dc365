"""What commands fetch from a broker: its list of instruments, and its calendar."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from pgstrike.jobs.feed.instrument_list import InstrumentList, list_of, unpacked
from pgstrike.jobs.ingest.corrections import SaidDay
from pgstrike.jobs.live.feeds import kite, upstox
from pgstrike.jobs.live.feeds.upstox_calendar import holidays, timings
from pgstrike.jobs.live.paced import Gets
from pgstrike.jobs.live.rest import open_rest, secret

LISTS = {"kite": kite.fetch_list, "upstox": upstox.fetch_list}


def fetch_list(broker: str) -> InstrumentList:
    """Today's list of a broker of LISTS."""

    async def fetch(gets: Gets) -> bytes:
        return (await LISTS[broker](gets, secret)).data

    return list_of(unpacked(asked(fetch)))


def fetch_calendar(days: Sequence[date]) -> list[SaidDay]:
    """Upstox's holidays of this year, and the hours of some dates, which count more."""

    async def fetch(gets: Gets) -> list[SaidDay]:
        found = holidays((await upstox.get(gets, "/v2/market/holidays", secret)).data)
        for day in days:
            frame = await upstox.get(gets, f"/v2/market/timings/{day}", secret)
            found += timings(frame.data, day)
        return found

    return list({(said.exchange, said.day): said for said in asked(fetch)}.values())


def asked(fetch: Callable[[Gets], Awaitable[Any]]) -> Any:
    """What it fetches through a connection of its own."""

    async def whole() -> Any:
        async with open_rest() as rest:
            return await fetch(rest)

    return asyncio.run(whole())
