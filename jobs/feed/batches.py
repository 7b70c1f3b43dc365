"""From chunks of lines to batches of whole snapshots: what the text feeds share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed.check import check, forget_impossible
from pgstrike.jobs.feed.lines import Chunk, RawLines, line_text
from pgstrike.jobs.feed.unknown import forget_zeros
from pgstrike.jobs.quote import NO_COUNTS, QUOTE, QuoteBatch, Reject

CHUNK_ROWS = 16_384
MAX_SYMBOLS = np.iinfo(QUOTE["symbol"]).max
MAX_SYMBOL_LENGTH = 64


class BadRow(ValueError):
    """A row that cannot be used: the reason's code and the fault."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def reject(self, line: bytes, symbol: object = None) -> Reject:
        """The reject of the row that this line is, and what it says of its symbol."""
        return Reject(
            self.reason,
            self.detail,
            line_text(line),
            symbol if isinstance(symbol, str) and can_be_symbol(symbol) else None,
        )


class Parsed(NamedTuple):
    """Rows with the lines they came as, lines that make no row, and what was passed over."""

    rows: npt.NDArray[np.void]
    lines: list[bytes]
    rejects: list[Reject]
    passed_over: Mapping[str, int] = NO_COUNTS


class SymbolCodes(dict[str, int]):
    """The code of each symbol of a feed, given in the order they appear."""

    def __missing__(self, symbol: str) -> int:
        if not can_be_symbol(symbol):
            raise BadRow("malformed", f"not a symbol: {symbol[:MAX_SYMBOL_LENGTH]!r}")
        if len(self) == MAX_SYMBOLS:
            raise BadRow("malformed", f"more than {MAX_SYMBOLS:,} symbols in one feed")
        return self.setdefault(symbol, len(self))


def can_be_symbol(text: str) -> bool:
    return 0 < len(text) <= MAX_SYMBOL_LENGTH and text.isprintable()


def read_batches(
    chunks: Iterable[Chunk],
    parse: Callable[[list[bytes]], Parsed],
    codes: SymbolCodes,
    join: Callable[[Parsed], Parsed] = lambda parsed: parsed,
) -> Iterator[QuoteBatch]:
    """Checked batches, cut between snapshots.

    One of fewer rows than a chunk is never divided, unless the source paused in it. `join`
    is applied to whole snapshots.
    """
    rows, lines = np.empty(0, QUOTE), list[bytes]()
    for chunk in chunks:
        parsed = parse(chunk.lines)
        rows = np.concatenate([rows, parsed.rows]) if len(rows) else parsed.rows
        lines += parsed.lines
        cut = last_snapshot(rows) if chunk.more else len(rows)
        whole = parsed._replace(rows=rows[:cut], lines=lines[:cut])
        yield finished(join(whole), codes)
        rows, lines = rows[cut:], lines[cut:]
    if len(rows):
        yield finished(join(Parsed(rows, lines, [])), codes)


def last_snapshot(rows: npt.NDArray[np.void]) -> int:
    """Where the last run of one quote_time begins; the end if there is no other."""
    times = rows["quote_time"]
    changes = np.flatnonzero(times[1:] != times[:-1])
    return int(changes[-1]) + 1 if changes.size else len(rows)


def finished(parsed: Parsed, codes: SymbolCodes) -> QuoteBatch:
    """Check a batch: wrong rows are rejected, impossible figures become unknown."""
    raw = RawLines(parsed.lines)
    return known(QuoteBatch(parsed.rows, tuple(codes), raw, parsed.rejects), parsed)


def known(batch: QuoteBatch, parsed: Parsed) -> QuoteBatch:
    """The same by the contract, and counted."""
    forgotten = forget_impossible(batch.rows)  # first: it is no reason to lose the row
    batch = check(batch)
    forget_zeros(batch.rows)
    forgotten.update(parsed.passed_over)
    return batch._replace(forgotten=forgotten) if forgotten else batch
