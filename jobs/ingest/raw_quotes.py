"""Stored quotes as the feed sent them."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import psycopg

from pgstrike.db.queries import query
from pgstrike.jobs.ingest.copy_binary import read_binary
from pgstrike.jobs.quote import QUOTE


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
