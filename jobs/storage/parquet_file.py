"""An archive as a Parquet file: zstd, floats split by bytes, one row group at a time."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pgstrike.jobs.arrow import pyarrow
from pgstrike.jobs.storage.columns import EPOCH, TEXTS, Array, Column

LEVEL = 9
BLOCK = 1 << 20


def write_file(
    path: Path,
    columns: list[Column],
    groups: Iterable[Array],
    about: Mapping[str, str],
) -> None:
    """Write row groups."""
    arrow = pyarrow()
    schema = arrow.schema(
        [(column.name, arrow_type(column)) for column in columns], metadata=dict(about)
    )
    floats = [c.name for c in columns if c.type == "double precision"]
    with arrow.parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=[c.name for c in columns if c.name not in floats],
        use_byte_stream_split=floats,
    ) as writer:
        for rows in groups:
            arrays = [arrow_array(column, rows[column.name]) for column in columns]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def arrow_type(column: Column) -> Any:
    arrow = pyarrow()
    types = {
        "double precision": arrow.float64(),
        "bigint": arrow.int64(),
        "integer": arrow.int32(),
        "smallint": arrow.int16(),
        "boolean": arrow.bool_(),
        "timestamp with time zone": arrow.timestamp("us", tz="UTC"),
        "date": arrow.date32(),
        "text": arrow.string(),
        "jsonb": arrow.string(),
    }
    return types[column.type]


def arrow_array(column: Column, values: Array) -> Any:
    """A column with its unknowns as NULL."""
    arrow = pyarrow()
    if column.type in TEXTS:
        words, places = np.unique(np.char.rstrip(values), return_inverse=True)
        texts = [word.decode() or None for word in words.tolist()]
        return arrow.array(texts, arrow.string()).take(arrow.array(places))
    unknown = column.kind.unknown
    missing = np.isnan(values) if np.isnan(unknown) else values == unknown
    if column.type == "boolean":
        values = values == 1
    elif column.type in EPOCH:
        values = np.where(missing, 0, values + EPOCH[column.type]).astype(values.dtype)
        found = arrow.array(values, mask=missing)
        return found.cast(arrow_type(column))
    return arrow.array(values, arrow_type(column), mask=missing)


def names_of(path: Path) -> set[str]:
    """The columns of a file."""
    return {*pyarrow().parquet.read_schema(path).names}


def read_groups(path: Path, columns: list[Column]) -> Iterator[Array]:
    """The row groups of a file, as COPY takes them."""
    file = pyarrow().parquet.ParquetFile(path)
    names = [column.name for column in columns]
    for number in range(file.num_row_groups):
        table = file.read_row_group(number, names)
        arrays = {c.name: numpy_array(c, table.column(c.name)) for c in columns}
        dtype = np.dtype([(name, values.dtype) for name, values in arrays.items()])
        rows = np.empty(table.num_rows, dtype)
        for name, values in arrays.items():
            rows[name] = values
        yield rows


def numpy_array(column: Column, values: Any) -> Array:
    """A column with its NULLs as the unknown of its type."""
    arrow = pyarrow()
    values = values.combine_chunks()
    if column.type in TEXTS:
        coded = values.dictionary_encode()
        words = ["", *coded.dictionary.to_pylist()]
        places: Array = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        texts: Array = padded(words)[places + 1]
        return texts
    if column.type == "double precision":
        floats: Array = values.to_numpy(zero_copy_only=False)
        return floats
    if column.type == "boolean":
        values = values.cast(arrow.int8())
    elif column.type in EPOCH:
        values = values.cast(arrow.int64() if values.type.bit_width == 64 else "int32")
    known = values.is_valid().to_numpy(zero_copy_only=False)
    found: Array = values.fill_null(0).to_numpy(zero_copy_only=False)
    moved = found.astype(column.dtype) - EPOCH.get(column.type, 0)
    whole: Array = np.where(known, moved, int(column.kind.unknown))
    return whole.astype(column.dtype)


def padded(words: list[str]) -> Array:
    """Words of one width, with spaces behind."""
    encoded = [word.encode() for word in words]
    width = max(map(len, encoded), default=1) or 1
    return np.array([word.ljust(width) for word in encoded], f"S{width}")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
