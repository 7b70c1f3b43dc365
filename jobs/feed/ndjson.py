"""Canonical NDJSON, one quote a line: docs/ndjson.md defines it."""

import functools
import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NoReturn, overload

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.batches import (
    CHUNK_ROWS,
    BadRow,
    Parsed,
    SymbolCodes,
    read_batches,
)
from pgstrike.jobs.feed.lines import MAX_LINE, Stream, read_lines
from pgstrike.jobs.feed.ndjson_chunk import parse_chunk
from pgstrike.jobs.feed.times import calendar_day, days, instant, microseconds
from pgstrike.jobs.quote import (
    LEG_FLOATS,
    LEG_INTS,
    LEGS,
    QUOTE,
    UNKNOWN,
    QuoteBatch,
    Reject,
)

FLUSH_SECONDS = 0.5
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Figures = dict[str, object]


def read_ndjson(
    stream: Stream,
    chunk_rows: int = CHUNK_ROWS,
    flush_seconds: float | None = FLUSH_SECONDS,
    codes: SymbolCodes | None = None,
) -> Iterator[QuoteBatch]:
    """The quotes of an opened binary file, pipe or socket.

    From a pipe or socket, lines are yielded at the latest `flush_seconds` after the first of
    them, as soon as there is nothing more to read (see read_lines). A silent source yields an
    empty batch as often, so that the consumer may stop. With None, chunks are always full.
    """
    codes = SymbolCodes() if codes is None else codes
    parse = functools.partial(parse_lines, codes)
    yield from read_batches(read_lines(stream, chunk_rows, flush_seconds), parse, codes)


def parse_lines(codes: SymbolCodes, lines: list[bytes]) -> Parsed:
    """The quotes of these lines, in order, and the lines that are none."""
    rows = parse_chunk(lines, codes, utc_time, iso_day)
    return sift(codes, lines) if rows is None else Parsed(rows, lines, [])


def sift(codes: SymbolCodes, lines: list[bytes]) -> Parsed:
    """The same, line by line: some are wrong, or unusual."""
    records: list[tuple[float, ...]] = []
    kept: list[bytes] = []
    rejects: list[Reject] = []
    for line in lines:
        quote: Figures = {}
        try:
            quote = decoded(line)
            records.append(record(quote, codes))
            kept.append(line)
        except BadRow as bad:
            rejects.append(bad.reject(line, quote.get("symbol")))
    return Parsed(np.array(records, QUOTE), kept, rejects)


def refuse_literal(literal: str) -> NoReturn:
    """NaN and the infinities, which Python's json would take."""
    raise BadRow("not_a_number", f"{literal} is no JSON number")


DECODER = json.JSONDecoder(parse_constant=refuse_literal)


def decoded(line: bytes) -> Figures:
    """The object that a line holds."""
    if len(line) > MAX_LINE:
        raise BadRow("too_long", f"longer than {MAX_LINE:,} bytes")
    try:
        quote = DECODER.decode(line.removeprefix(BYTE_ORDER_MARK).decode())
    except BadRow:
        raise
    except UnicodeDecodeError as error:
        raise BadRow("malformed", f"not UTF-8: {error.reason}") from error
    except ValueError as error:
        raise BadRow("malformed", f"not JSON: {error}") from error
    except RecursionError:
        raise BadRow("malformed", "not a quote: nested too deep") from None
    if not isinstance(quote, dict):
        raise BadRow("malformed", "not a JSON object")
    return quote


def record(quote: Figures, codes: SymbolCodes) -> tuple[float, ...]:
    """One row of QUOTE."""
    stamp = quote.get("exchange_time")
    legs = [leg_of(quote, leg) for leg in LEGS]
    return (
        utc_time(text_of(quote, "quote_time")),
        UNKNOWN if stamp is None else utc_time(text_of(quote, "exchange_time")),
        codes[text_of(quote, "symbol")],
        iso_day(text_of(quote, "expiry")),
        number(quote, "strike"),
        number(quote, "underlying"),
        number(quote, "forward"),
        *(number(leg, name) for leg in legs for name in LEG_FLOATS),
        *(whole_number(leg, name) for leg in legs for name in LEG_INTS),
    )


def leg_of(quote: Figures, leg: str) -> Figures:
    """One leg's figures; none where the leg is null or absent."""
    figures = quote.get(leg)
    if figures is None:
        return {}
    if not isinstance(figures, dict):
        raise BadRow("malformed", f"{leg} is no object")
    return figures


def text_of(quote: Figures, name: str) -> str:
    """A text that must be there."""
    text = quote.get(name)
    if not isinstance(text, str):
        raise BadRow("malformed", f"{name} is no text: {shown(text)}")
    return text


def shown(value: object) -> str:
    """A value for a message, as far as it is short; a nested one by its type."""
    plain = isinstance(value, str | int | float)
    return repr(value)[:40] if plain else type(value).__name__


def number(figures: Figures, name: str) -> float:
    """A number; NaN where it is null or absent."""
    value = figures.get(name)
    if value is None:
        return math.nan
    if type(value) is float:
        return value
    if type(value) is not int:  # bool is an int to isinstance
        raise BadRow("malformed", f"{name} is no number: {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise BadRow("out_of_range", f"{name} is too large") from None


def whole_number(figures: Figures, name: str) -> int:
    """A whole number of 64 bits, exactly; UNKNOWN where it is null or absent."""
    value = figures.get(name)
    if value is None:
        return UNKNOWN
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise BadRow("malformed", f"{name} is no whole number: {shown(value)}")
    if not -(2**63) < value < 2**63:
        raise BadRow("out_of_range", f"{name} exceeds 64 bits")
    return value


@functools.lru_cache(maxsize=4096)
def utc_time(text: str) -> int:
    """An instant in ISO 8601, with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRow("malformed", f"no ISO 8601 time: {text[:40]!r}") from None
    if moment.tzinfo is None:
        raise BadRow("malformed", f"a time without zone: {text[:40]!r}")
    return microseconds(moment)


@functools.lru_cache(maxsize=4096)
def iso_day(text: str) -> int:
    """A day in ISO 8601."""
    try:
        return days(date.fromisoformat(text))
    except ValueError:
        raise BadRow("malformed", f"no ISO 8601 date: {text[:40]!r}") from None


def quote_line(row: np.void, symbol: str) -> str:
    """A row as a line of this format, with null for unknown figures."""
    figures = map(known, row.tolist())
    fields: Figures = dict(zip(QUOTE.names or (), figures, strict=True))
    fields["quote_time"] = iso_time(int(row["quote_time"]))
    if fields["exchange_time"] is not None:
        fields["exchange_time"] = iso_time(int(row["exchange_time"]))
    fields |= {"symbol": symbol, "expiry": calendar_day(int(row["expiry"])).isoformat()}
    for leg in LEGS:
        fields[leg] = {n: fields.pop(f"{leg}_{n}") for n in (*LEG_FLOATS, *LEG_INTS)}
    return json.dumps(fields)


class QuoteTexts(Sequence[str]):
    """Rows as lines of this format, written only when one is asked for."""

    def __init__(self, rows: npt.NDArray[np.void], symbols: tuple[str, ...]) -> None:
        self._rows = rows
        self._symbols = symbols

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "QuoteTexts": ...
    def __getitem__(self, index: int | slice) -> "str | QuoteTexts":
        if isinstance(index, slice):
            return QuoteTexts(self._rows[index], self._symbols)
        row = self._rows[index]
        return quote_line(row, self._symbols[row["symbol"]])


def known(figure: float) -> float | None:
    """The figure, or None where it is unknown."""
    return None if figure == UNKNOWN or figure != figure else figure


def iso_time(count: int) -> str:
    """An instant of QUOTE as text, in UTC."""
    return instant(count).isoformat().replace("+00:00", "Z")
