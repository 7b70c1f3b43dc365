"""A connection that reads for somebody: what it is shown goes by that reader's rights."""

from typing import Final

import psycopg
from psycopg.rows import TupleRow

from db.queries import query

EVERYTHING: Final = "*"  # the reader who has every right
STATEMENT_TIMEOUT: Final = "30s"  # of whoever reads, through the api or not


class Session(psycopg.AsyncConnection[TupleRow]):
    """Reads for one reader at a time (ops.reader_rights)."""

    reader: str | None = None

    async def read_for(self, reader: str) -> None:
        """From now on; a reader is the name of a row of job.api_key, or EVERYTHING."""
        if reader != self.reader:
            await self.execute(query("read_for"), [reader])
            self.reader = reader
