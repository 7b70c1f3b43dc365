"""Quotes as the bytes of COPY .. (FORMAT binary), a whole batch at once.

Every figure has a fixed width, because unknown is a value of its own (jobs/quote.py), so
the stream is one structured array of big-endian fields, each after its length.
https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
"""

import numpy as np
import numpy.typing as npt

from jobs.quote import QUOTE

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

FIELDS = [("row_no", np.dtype(np.int32))] + [
    (name, QUOTE[name]) for name in QUOTE.names or ()
]
WIRE = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, dtype in FIELDS
        for part in ((f"{name}_bytes", ">i4"), (name, dtype.newbyteorder(">")))
    ]
)


def copy_binary(rows: npt.NDArray[np.void]) -> bytes:
    """The rows of QUOTE, numbered from 0, as one binary COPY of pg_temp.quote_batch."""
    wire = np.empty(len(rows), WIRE)
    wire["fields"] = len(FIELDS)
    wire["row_no"] = np.arange(len(rows))
    for name, dtype in FIELDS:
        wire[f"{name}_bytes"] = dtype.itemsize
        if name != "row_no":
            wire[name] = rows[name]
    return HEADER + wire.tobytes() + TRAILER
