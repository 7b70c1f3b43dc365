"""The log lines of this process, stored in the database at each beat."""

import json

import psycopg

from pgstrike.db.log_ring import RING
from pgstrike.db.queries import query


def store_lines(connection: psycopg.Connection, process: str) -> None:
    """Store the new lines; where that fails they wait for the next beat."""
    if lines := RING.take():
        try:
            told = {"process": process, "lines": json.dumps(lines)}
            connection.execute(query("add_log_lines"), told)
        except psycopg.Error:
            RING.put_back(lines)
            raise
