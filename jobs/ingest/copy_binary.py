"""Rows as the bytes of COPY .. (FORMAT binary), a whole batch at once, and back.

Every figure has a fixed width, because unknown is a value of its own (jobs/quote.py), so
the stream is one structured array of big-endian fields, each after its length.
https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
"""

from functools import cache

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.void]
Names = tuple[str, ...]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NUMBER = "row_no"
PACKED_ROWS = 1024  # that fit a processor's cache: each column is a pass over them


def copy_binary(rows: Rows, first: int = 0, names: Names = ()) -> bytes:
    """The rows, numbered from the first one's number in a first column, as one binary COPY.

    names are the columns that it has; without any, all.
    """
    names = names or rows.dtype.names or ()
    parts = [
        packed(rows[start : start + PACKED_ROWS], first + start, names)
        for start in range(0, len(rows), PACKED_ROWS)
    ]
    return b"".join((HEADER, *parts, TRAILER))


def packed(rows: Rows, first: int, names: Names) -> bytes:
    wire = np.repeat(template(rows.dtype, names), len(rows))
    wire[NUMBER] = np.arange(first, first + len(rows))
    for name in names:
        wire[name] = rows[name]
    return wire.tobytes()


def read_binary(
    data: bytes, dtype: np.dtype[np.void]
) -> tuple[npt.NDArray[np.int32], Rows]:
    """The numbers and the rows of a binary COPY that holds no NULL."""
    body = data[len(HEADER) : -len(TRAILER)]
    wire = np.frombuffer(body, wire_of(dtype))
    rows = np.empty(len(wire), dtype)
    for name in dtype.names or ():
        rows[name] = wire[name]
    return wire[NUMBER].astype(np.int32), rows


@cache
def wire_of(dtype: np.dtype[np.void], names: Names = ()) -> np.dtype[np.void]:
    """The layout of one row on the wire: a count of fields, each after its length."""
    fields = [
        (NUMBER, np.dtype(np.int32)),
        *((n, dtype[n]) for n in names or dtype.names or ()),
    ]
    parts = [
        part
        for name, kind in fields
        for part in ((f"{name}_bytes", ">i4"), (name, kind.newbyteorder(">")))
    ]
    return np.dtype([("fields", ">i2"), *parts])


@cache
def template(dtype: np.dtype[np.void], names: Names) -> Rows:
    """One row on the wire, without its figures."""
    wire = np.zeros(1, wire_of(dtype, names))
    wire["fields"] = 1 + len(names)
    for name in (NUMBER, *names):
        wire[f"{name}_bytes"] = wire.dtype[name].itemsize
    return wire
