"""The same quotes in any order and in any batches."""

import random

import psycopg

from pgstrike.jobs.ingest.store import Store
from tests.support.quote_market import Quote, add


def deliver(
    store: Store, dice: random.Random, quotes: list[list[Quote]], most_cuts: int
) -> None:
    """Store quotes in any order and batches; of one quote the versions in their order."""
    places = sorted(
        (dice.random(), number)
        for number, versions in enumerate(quotes)
        for _ in versions
    )
    left = [iter(versions) for versions in quotes]
    delivered = [next(left[number]) for _, number in places]
    count = min(most_cuts, len(delivered) - 1)
    cuts = sorted(dice.sample(range(1, len(delivered)), count))
    for start, end in zip([0, *cuts], [*cuts, len(delivered)], strict=True):
        add(store, *delivered[start:end])


def forget(connection: psycopg.Connection) -> None:
    """Take all quotes out, for the next session."""
    connection.execute(
        "TRUNCATE fo.option_quote, fo.quote_dropout, fo.contract, fo.underlying_quote"
    )
    connection.execute("UPDATE fo.instrument SET clock = NULL")
