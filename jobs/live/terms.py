"""What a feed's list of contracts says of lots and units, into fo.contract_terms."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.feed.instrument_list import Listed
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.live.plugin import Contract
from pgstrike.jobs.quote import LEGS


def add_terms(
    connection: psycopg.Connection, feed: str, contracts: Sequence[Contract]
) -> None:
    """Take the terms in. Nothing is delisted: a feed may list some of the strikes only."""
    known = {
        symbol: (exchange, tick)
        for symbol, exchange, tick in connection.execute(
            query("listing_exchanges"), [sorted({each.symbol for each in contracts})]
        )
    }
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(query("create_list"))
        with cursor.copy(query("copy_list")) as copy:
            for each in listed(contracts, known):
                copy.write_row(each)
        cursor.execute(query("add_listed_terms"), [f"feed {feed}", datetime.now(UTC)])


def listed(
    contracts: Sequence[Contract], known: dict[str, tuple[str, float]]
) -> Iterator[Listed]:
    """The strikes whose lot the feed says, each once."""
    seen = set()
    for each in contracts:
        place = (each.symbol, each.expiry, each.strike)
        if (
            each.leg in LEGS
            and each.lot
            and each.expiry is not None
            and each.strike is not None
            and each.symbol in known
            and place not in seen
        ):
            seen.add(place)
            exchange, tick = known[each.symbol]
            day = calendar_day(each.expiry)
            yield Listed(
                each.symbol, exchange, day, each.strike, each.lot, tick, each.unit
            )
