"""Answers of exchanges and brokers, as JSON: which one a body is, and its quotes."""

import itertools
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import deribit, dhan, kite, massive, nse_json, upstox
from pgstrike.jobs.feed.batches import CHUNK_ROWS, BadRow, Parsed, SymbolCodes, finished
from pgstrike.jobs.feed.documents import Document
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.figures import Chain, Quote
from pgstrike.jobs.feed.lots import Lots, lot_wanted
from pgstrike.jobs.feed.ndjson import record
from pgstrike.jobs.feed.table_columns import joined_legs
from pgstrike.jobs.feed_kinds import NO_KINDS, Kinds
from pgstrike.jobs.quote import QUOTE, QuoteBatch, Reject


class Body(NamedTuple):
    """A kind of body: what it is called, whether a value is one, and how it is read."""

    name: str
    fits: Callable[[Any], bool]
    quotes: Callable[[Any, int | None, Facts], Iterator[Quote]]
    in_lots: bool = False
    by_leg: bool = False
    ticks: bool = False
    kinds: Kinds = NO_KINDS


BODIES = (
    Body("NSE's option-chain body", nse_json.fits, nse_json.quotes, in_lots=True),
    Body("Upstox's option chain", upstox.fits, upstox.quotes),
    Body("Dhan's option chain", dhan.fits, dhan.quotes),
    Body(
        "Massive's option chain",
        massive.fits,
        massive.quotes,
        by_leg=True,
        kinds=massive.KINDS,
    ),
    Body(
        "Deribit's answer",
        deribit.fits,
        deribit.quotes,
        by_leg=True,
        kinds=deribit.KINDS,
    ),
    Body(
        "Deribit's frame",
        deribit.is_frame,
        deribit.quotes,
        by_leg=True,
        ticks=True,
        kinds=deribit.KINDS,
    ),
    Body("Kite's quotes", kite.fits, kite.quotes, by_leg=True, ticks=True),
)


def body_of(value: object) -> Body:
    """Which kind a value is; a FeedError names what it is where it is none."""
    for body in BODIES:
        if body.fits(value):
            return body
    raise FeedError(f"{said_of(value)}; give an option chain")


def said_of(value: object) -> str:
    """Say what a JSON value is that is no chain, for an error."""
    if deribit.is_instruments(value):
        return "Deribit's list of instruments, without quotes"
    match value:
        case {"status": "error" | "failure" | "failed", **rest}:
            said = rest.get("message") or rest.get("errors") or rest.get("remarks")
            return f"a broker's error answer: {str(said)[:80]}"
        case {"data": {"candles": _}}:
            return "candles of one instrument as JSON"
        case {"data": [] | None} | {"result": []}:
            return "an answer without any strike in it"
        case dict() if not value:
            return "an empty JSON object, as NSE answers programs that it refuses"
        case dict():
            keys = ", ".join(map(str, itertools.islice(value, 8)))
            return f"JSON of a kind that is not known (its keys: {keys})"
    return f"JSON of a kind that is not known (a {type(value).__name__})"


class Documents:
    """The JSON values of a file, recognised by the first one that is no reply to a request."""

    def __init__(self, found: Iterator[Document]) -> None:
        skipped: list[object] = []
        for document in found:
            if deribit.is_reply(document.value):
                skipped.append(document.value)
                continue
            self.kind = body_of(document.value)
            self._found = itertools.chain([document], found)
            return
        raise FeedError("JSON without any quote in it" if skipped else "no JSON value")

    def batches(
        self, facts: Facts, lots: Lots, codes: SymbolCodes
    ) -> Iterator[QuoteBatch]:
        """The quotes of all, in batches of whole bodies."""
        quotes: list[Quote] = []
        fault: Exception | None = None
        found = iter(self._found)
        while fault is None:
            try:
                document = next(found, None)
                if document is None:
                    break
                quotes += self._quotes(document, facts)
            except (FeedError, EOFError, OSError, zlib.error) as error:
                fault = error  # what came before goes first
            if len(quotes) >= CHUNK_ROWS:
                yield self._batch(quotes, lots, codes)
                quotes = []
        if quotes:
            yield self._batch(quotes, lots, codes)
        if fault is not None:
            raise fault

    def _quotes(self, document: Document, facts: Facts) -> Iterator[Quote]:
        if deribit.is_reply(document.value):
            return iter(())
        body = body_of(document.value)
        return body.quotes(document.value, document.received, facts)

    def _batch(
        self, quotes: Iterable[Quote], lots: Lots, codes: SymbolCodes
    ) -> QuoteBatch:
        parsed = parse_quotes(quotes, lots if self.kind.in_lots else None, codes)
        return finished(joined_legs(parsed) if self.kind.by_leg else parsed, codes)


def parse_quotes(
    quotes: Iterable[Quote], lots: Lots | None, codes: SymbolCodes
) -> Parsed:
    """Rows of QUOTE, of quotes under pgstrike's names; `lots` where they count lots."""
    records: list[tuple[float, ...]] = []
    kept: list[bytes] = []
    rejects: list[Reject] = []
    for quote in quotes:
        came = json.dumps(quote.came).encode()
        chain = quote.chain
        try:
            lot = lot_of(chain, lots) if lots else 1
            records.append(record(quote.in_units(lot), codes))
            kept.append(came)
        except BadRow as bad:
            rejects.append(bad.reject(came, chain.symbol))
    return Parsed(np.array(records, QUOTE), kept, rejects)


def lot_of(chain: Chain, lots: Lots) -> int:
    """Units per lot; BadRow where they are not known."""
    lot = lots.lot_of(chain.symbol, chain.expiry, chain.quote_time)
    if not lot:
        raise BadRow("no_lot", lot_wanted(chain.symbol, chain.expiry))
    return lot
