"""Stored quotes as the feed sent them."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.ingest.copy_binary import read_binary
from pgstrike.jobs.quote import QUOTE

# The source of rejects that were stored before, and cannot be stored again.
SOURCE = "stored quotes"


def raw_quotes(
    connection: psycopg.Connection, span: Mapping[str, Any]
) -> npt.NDArray[Any]:
    """In the order of time; `span` names symbol, expiry (None: all), from and to."""
    with connection.cursor().copy(query("raw_quotes"), span) as copy:
        return read_binary(b"".join(bytes(part) for part in copy), QUOTE)[1]


def quotes_to_write_again(
    connection: psycopg.Connection, span: Mapping[str, Any]
) -> npt.NDArray[Any]:
    """The same for a transaction that then deletes them.

    It converts compressed chunks first. Were they read first, a job that compresses one would
    wait for this transaction, and this transaction for the job.
    """
    connection.execute(query("open_chunks"), span)
    return raw_quotes(connection, span)


def quotes_to_judge_again(
    connection: psycopg.Connection, span: Mapping[str, Any]
) -> npt.NDArray[Any]:
    """The same, with those that are rejects since the calendar had them expire."""
    stored = quotes_to_write_again(connection, span)
    wanted = {**span, "source": SOURCE}
    rejected = connection.execute(query("take_expired"), wanted).fetchall()
    lines = io.BytesIO("".join(f"{row}\n" for (row,) in rejected).encode())
    taken = [batch.rows for batch in read_ndjson(lines, flush_seconds=None)]
    rows = np.concatenate([stored, *taken])
    return rows[np.argsort(rows["quote_time"], kind="stable")]
