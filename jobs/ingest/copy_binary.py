"""Rows as the bytes of COPY .. (FORMAT binary), a whole batch at once, and back.

Every figure has a fixed width, because unknown is a value of its own (jobs/quote.py), so
the stream is one structured array of big-endian fields, each after its length.
https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
"""

from functools import cache

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.void]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NUMBER = "row_no"


def copy_binary(rows: Rows, first: int = 0) -> bytes:
    """The rows, numbered from the first one's number in a first column, as one binary COPY."""
    wire = np.empty(len(rows), wire_of(rows.dtype))
    wire["fields"] = 1 + len(rows.dtype.names or ())
    wire[f"{NUMBER}_bytes"] = 4
    wire[NUMBER] = np.arange(first, first + len(rows))
    for name in rows.dtype.names or ():
        wire[f"{name}_bytes"] = rows.dtype[name].itemsize
        wire[name] = rows[name]
    return HEADER + wire.tobytes() + TRAILER


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
def wire_of(dtype: np.dtype[np.void]) -> np.dtype[np.void]:
    """The layout of one row on the wire: a count of fields, each after its length."""
    fields = [
        (NUMBER, np.dtype(np.int32)),
        *((n, dtype[n]) for n in dtype.names or ()),
    ]
    parts = [
        part
        for name, kind in fields
        for part in ((f"{name}_bytes", ">i4"), (name, kind.newbyteorder(">")))
    ]
    return np.dtype([("fields", ">i2"), *parts])
