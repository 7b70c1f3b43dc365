"""Trying a feed: whether it can be made, and one connection until its first message."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.connection import words_of
from pgstrike.jobs.live.ending import ending
from pgstrike.jobs.live.outside import Outside
from pgstrike.jobs.live.plugin import Asked
from pgstrike.jobs.live.plugins import plugin_of


def check_asked(kind: str, asked: Asked) -> None:
    """FeedError where no feed can be made of these symbols and options."""
    try:
        plugin_of(kind)(asked)
    except Exception as error:
        raise FeedError(words_of(error)) from error


async def try_feed(row: Mapping[str, Any], outside: Outside, seconds: float) -> str:
    """What was seen, in one line; FeedError says exactly why nothing was."""
    asked = Asked(row["name"], row["symbols"], row["options"], outside.secret)
    seen = "the source did not answer"
    try:
        async with asyncio.timeout(seconds):
            feed = outside.plugin_of(row["kind"])(asked)
            async with outside.open_wire(asked.name) as wire:
                contracts = await feed.contracts(wire)
                seen = f"{len(contracts):,} contracts of {', '.join(asked.symbols)}"
                async with ending(feed.updates(wire, contracts)) as items:
                    async for item in items:
                        count = len(item.rows)
                        return f"{asked.name}: {seen}, and {count:,} messages at once"
    except TimeoutError:
        raise FeedError(
            f"{asked.name}: {seen}, and no message in {seconds} s"
        ) from None
    except Exception as error:
        raise FeedError(f"{asked.name}: {words_of(error)}") from error
    raise FeedError(f"{asked.name}: {seen}, and the source ended the connection")
