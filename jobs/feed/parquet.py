"""Parquet, by a column map, by our own column names, or with the columns of NSE's CSV."""

import functools
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, Any

from pgstrike.db.errors import FeedError
from pgstrike.jobs.arrow import pyarrow
from pgstrike.jobs.feed.batches import CHUNK_ROWS, Parsed, SymbolCodes, read_batches
from pgstrike.jobs.feed.cells import Cells
from pgstrike.jobs.feed.column_map import ColumnMap
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.lines import Chunk
from pgstrike.jobs.feed.lots import Lots
from pgstrike.jobs.feed.mapped_csv import own_map
from pgstrike.jobs.feed.nse_csv import LOTS, PRICES, QUANTITIES, SIDES
from pgstrike.jobs.feed.table import TableParser
from pgstrike.jobs.feed.table_columns import joined_legs
from pgstrike.jobs.quote import QuoteBatch

NSE_MAP = ColumnMap(
    {
        "quote_time": "collection_timestamp",
        "exchange_time": "Fetch_Time",
        "symbol": "Symbol",
        "expiry": "Expiry_Date",
        "strike": "Strike_Price",
        **{
            f"{leg}_{name}": f"{side}_{column}"
            for leg, side in SIDES.items()
            for name, column in (*PRICES.items(), *QUANTITIES.items(), *LOTS.items())
        },
    },
    units={"oi": None, "volume": None},
    iv_is_percent=True,
)


def read_parquet(
    file: IO[bytes], by: ColumnMap | None, facts: Facts, lots: Lots, codes: SymbolCodes
) -> Iterator[QuoteBatch]:
    """The quotes of an opened file; needs pyarrow."""
    source = opened(file)
    header = [str(name) for name in source.schema_arrow.names]
    by = by or known_map(header)
    parser = TableParser(header, by, facts, lots, codes)
    tables: deque[Sequence[Cells]] = deque()
    parse = functools.partial(parse_table, parser, tables)
    join = joined_legs if by.is_by_leg else (lambda parsed: parsed)
    yield from read_batches(chunks(source, tables), parse, codes, join)


def opened(file: IO[bytes]) -> Any:
    arrow = pyarrow(FeedError)
    try:
        return arrow.parquet.ParquetFile(file)
    except (arrow.ArrowException, OSError) as error:
        first, *_ = str(error).splitlines()
        raise FeedError(
            f"Parquet that cannot be read ({first}); fetch it again"
        ) from error


def known_map(header: Sequence[str]) -> ColumnMap:
    """The map of a table whose columns need none."""
    if {*map(str, NSE_MAP.columns.values())} <= {*header}:
        changes = {
            f"{leg}_oi_change": f"{side}_Chng_in_OI"
            for leg, side in SIDES.items()
            if f"{side}_Chng_in_OI" in header
        }
        return NSE_MAP._replace(columns={**NSE_MAP.columns, **changes})
    if {"strike", "expiry"} <= {*header}:
        return own_map(header)
    some = ", ".join(header[:12])
    raise FeedError(
        f"Parquet with the columns {some}; say what they are, with --map FILE.toml"
    )


def chunks(source: Any, tables: "deque[Sequence[Cells]]") -> Iterator[Chunk]:
    """The rows as lines of JSON, as rejects show them; their columns go into `tables`."""
    for batch in source.iter_batches(CHUNK_ROWS):
        tables.append([cells(column) for column in batch.columns])
        lines = [json.dumps(row, default=str).encode() for row in batch.to_pylist()]
        yield Chunk(lines, more=True)


def cells(column: Any) -> Cells:
    arrow, kind = pyarrow(), column.type
    if arrow.types.is_floating(kind) or arrow.types.is_integer(kind):
        array: Cells = column.to_numpy(zero_copy_only=False)
        return array
    found: list[object] = column.to_pylist()
    return found


def parse_table(
    parser: TableParser, tables: "deque[Sequence[Cells]]", lines: list[bytes]
) -> Parsed:
    return parser.quotes(tables.popleft(), lines, {})
