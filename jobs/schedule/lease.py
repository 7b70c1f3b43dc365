"""A lease: the right of one session to do a piece of work that is to be done once.

The contract, for periods of jobs (job.run) and for whatever else is claimed so:

- The session that does the work claims the row: in one statement it writes attempt + 1, its pid
  and its start (ops.own_start) into it. No lock is held meanwhile.
- The row is another's to claim as soon as that session is gone (ops.is_alive). A process that
  was killed loses its sessions within a second; one that was stopped has them ended by another
  process (jobs/schedule/process.py).
- The last effect and the end of the row share a transaction of that session: it begins with
  `require`. Then a process that wakes up too late has changed nothing.
- Work that is no single transaction must bear being done again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from pgstrike.db.errors import PgstrikeError


class LostLeaseError(PgstrikeError):
    """Another attempt has the row."""


@dataclass(frozen=True)
class Lease:
    """One attempt at a row, which belongs to the session of the connection.

    `mine` is a query with the parameters of `key`, the attempt among them: it locks the row,
    and finds none once another attempt has it.
    """

    connection: psycopg.Connection
    about: str
    mine: bytes
    key: Mapping[str, Any]

    def is_mine(self) -> bool:
        """Whether no other attempt has the row; within a transaction, until that ends."""
        return self.connection.execute(self.mine, self.key).fetchone() is not None

    def require(self) -> None:
        """LostLeaseError where another attempt has the row."""
        if not self.is_mine():
            raise LostLeaseError(f"{self.about} was taken over by another attempt")
