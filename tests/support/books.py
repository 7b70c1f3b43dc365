"""Books of live feeds, and what their snapshots show."""

from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.book import Book
from pgstrike.jobs.live.plugin import Contract
from pgstrike.jobs.quote import QuoteBatch
from tests.support.live_feeds import OF_SESSION, chain


def book(contracts: list[Contract] | None = None, kinds: Kinds = OF_SESSION) -> Book:
    """A book of these contracts, or of a small chain of NIFTY."""
    made = Book(kinds)
    made.connected(chain() if contracts is None else contracts)
    return made


def shown(of: Book, *symbols: str, since: int = 0) -> QuoteBatch:
    return of.snapshot(dict.fromkeys(symbols or ("NIFTY",), since))
