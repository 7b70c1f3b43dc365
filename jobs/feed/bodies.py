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

MOST_TRIED = 1_000  # values that are no body, before the first one
FAULTS = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError)


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
    what = {list: "a list", str: "a text", type(None): "null"}
    return f"JSON of a kind that is not known ({what.get(type(value), 'a number')})"


class Held(NamedTuple):
    """The quotes of some bodies, and what could not be read."""

    quotes: list[Quote]
    rejects: list[Reject]


class Documents:
    """The JSON values of a file, recognised by the first one that is a body.

    A value that cannot be read to its end is a reject. Where none can, the first fault is
    raised.
    """

    def __init__(self, found: Iterator[Document]) -> None:
        asked = (each for each in found if not deribit.is_reply(each.value))
        tried: list[Document] = []
        faults: list[FeedError] = []
        for document in itertools.islice(asked, MOST_TRIED):
            tried.append(document)
            try:
                self.kind = kind_of(document)
            except FeedError as error:
                faults.append(error)
                continue
            self._found = itertools.chain(tried, asked)
            return
        raise faults[0] if faults else FeedError("JSON without any quote in it")

    def batches(
        self, facts: Facts, lots: Lots, codes: SymbolCodes
    ) -> Iterator[QuoteBatch]:
        """The quotes of all, in batches of whole bodies."""
        for held in self._read(facts):
            parsed = parse_quotes(
                held.quotes, lots if self.kind.in_lots else None, codes
            )
            if self.kind.by_leg:
                parsed = joined_legs(parsed)
            rejects = [*parsed.rejects, *held.rejects]
            yield finished(parsed._replace(rejects=rejects), codes)

    def _read(self, facts: Facts) -> Iterator[Held]:
        held, is_read = Held([], []), False
        fault: FeedError | None = None
        try:
            for document in self._found:
                try:
                    held.quotes.extend(self._quotes(document, facts))
                    is_read = True
                except FeedError as error:
                    held.rejects.append(rejected(document, error))
                    fault = fault or error
                if len(held.quotes) + len(held.rejects) >= CHUNK_ROWS:
                    yield held
                    held = Held([], [])
            if fault and not is_read:
                held.rejects.clear()
                raise fault
        except (FeedError, EOFError, OSError, zlib.error):
            if any(held):  # bodies before the fault are stored
                yield held
            raise
        if any(held):
            yield held

    def _quotes(self, document: Document, facts: Facts) -> Iterator[Quote]:
        body = kind_of(document)
        if form_of(body) != form_of(self.kind):
            raise FeedError(
                f"{body.name} among {self.kind.name}; put them into files of their own"
            )
        try:
            yield from body.quotes(document.value, document.received, facts)
        except FAULTS as error:
            raise FeedError(f"{body.name} of another form: {error}") from error


def kind_of(document: Document) -> Body:
    """Which kind a value of a file is."""
    if document.fault is not None:
        raise document.fault
    return body_of(document.value)


def form_of(body: Body) -> tuple[object, ...]:
    """What all bodies of a file have alike."""
    return body.in_lots, body.by_leg, body.kinds


def rejected(document: Document, fault: FeedError) -> Reject:
    value = document.value
    text = value if isinstance(value, str) else json.dumps(value)
    return BadRow("malformed", str(fault)).reject(text.encode("utf-8", "replace"))


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
