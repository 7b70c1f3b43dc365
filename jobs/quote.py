"""The output of every feed: quotes in columns, ready for the database.

One row is one strike of one expiry at one instant, both legs (docs/architecture.md,
station 00). Rows are a NumPy structured array, so that a feed of a quarter of a million
rows is converted and sent without a Python object per figure.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.feed_kinds import NO_KINDS, Kinds

LEGS = ("call", "put")
LEG_FLOATS = ("ltp", "bid", "ask", "iv", "delta", "gamma", "theta", "vega")
LEG_INTS = ("bid_qty", "ask_qty", "volume", "oi", "prev_oi")

# Unknown is NaN in a float field and UNKNOWN in an integer one; both become NULL.
# A feed never lets a NaN or a negative figure of its own source through: it rejects it.
UNKNOWN = np.iinfo(np.int64).min

# Times are microseconds since 2000-01-01 UTC and dates days since 2000-01-01: PostgreSQL's
# own binary forms, so that nothing is converted on the way.
QUOTE = np.dtype(
    [
        ("quote_time", np.int64),
        ("exchange_time", np.int64),  # UNKNOWN where the feed brings none
        ("symbol", np.int16),  # index into QuoteBatch.symbols
        ("expiry", np.int32),
        ("strike", np.float64),
        ("underlying", np.float64),
        ("forward", np.float64),
        *((f"{leg}_{name}", np.float64) for leg in LEGS for name in LEG_FLOATS),
        *((f"{leg}_{name}", np.int64) for leg in LEGS for name in LEG_INTS),
    ]
)


class Reject(NamedTuple):
    """A row that cannot be right: the reason's code, the fault in words, and the row.

    symbol is the row's symbol, None where it cannot be read.
    """

    reason: str
    detail: str
    row: str
    symbol: str | None = None


# The kind of a symbol's quotes. The two never mix.
SourceKind = Literal["real", "simulated"]


class Position(NamedTuple):
    """How far a live feed has read: a place in each of its streams, in the source's words.

    It is stored with the batch that holds all quotes before it.
    """

    feed: str
    places: Mapping[str, str]


NO_COUNTS: Final[Mapping[str, int]] = MappingProxyType({})


class QuoteBatch(NamedTuple):
    """Quotes in the order they came; `raw[i]` is the text that row `i` came as.

    `forgotten` counts what was made unknown because it is impossible, or was passed over,
    by reason. `source` is the file that the quotes are of, where it is one of several. `kinds`
    is what their feed says of volume and OI.
    """

    rows: npt.NDArray[np.void]
    symbols: tuple[str, ...]
    raw: Sequence[str]
    rejects: Sequence[Reject]
    forgotten: Mapping[str, int] = NO_COUNTS
    source: str = ""
    kinds: Kinds = NO_KINDS
    position: Position | None = None  # of a feed that can go on where it stopped


def unknown_quote() -> npt.NDArray[np.void]:
    """One row of QUOTE in which every figure is unknown."""
    row = np.empty(1, QUOTE)
    for name in QUOTE.names or ():
        is_float = np.issubdtype(QUOTE[name], np.floating)
        row[name] = np.nan if is_float else UNKNOWN if QUOTE[name].itemsize == 8 else 0
    return row


def is_known(column: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Of each figure of a column."""
    is_float = column.dtype.kind == "f"
    known: npt.NDArray[np.bool_] = ~np.isnan(column) if is_float else column != UNKNOWN
    return known


def has_figures(rows: npt.NDArray[np.void]) -> bool:
    """Whether any figure of a leg is known."""
    return any(
        is_known(rows[f"{leg}_{name}"]).any()
        for leg in LEGS
        for name in (*LEG_FLOATS, *LEG_INTS)
    )


ONE_UNKNOWN = unknown_quote()


def unknown_quotes(count: int) -> npt.NDArray[np.void]:
    """`count` of them; to copy rows is 50 times as fast as to fill columns."""
    return np.repeat(ONE_UNKNOWN, count)
