"""A reader's connection that notes all that it can see of a statement's fate."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

# Text that differs in each database, or at each moment, without revealing anything.
WALL_TIME = re.compile(
    r"20(?:2[6-9]|[3-9]\d)-\d\d-\d\d[T ][\d:.]+(?:[+-]\d\d(?::\d\d)?)?"
)
# How full a cache is, and which pages are read because others needed the memory.
OF_MEMORY = re.compile(r"catalog cache|^io \d+ +\|op ")
BUFFERS = re.compile(r"(?m)^ *(?:Buffers: .*|Memory: .*|Planning:)\n?")
SAID = (
    "severity", "sqlstate", "message_primary", "message_detail", "message_hint", "context",
    "schema_name", "table_name", "column_name", "constraint_name", "internal_query",
)  # fmt: skip


class Spy:
    """Runs statements and remembers rows, errors and notices as text."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.notices: list[str] = []
        connection.add_notice_handler(self._hear)
        [[self.epoch]] = connection.execute("SELECT ops.epoch()").fetchall()

    def see(self, *statements: str) -> str:
        """All that can be seen of statements in one transaction, which is undone."""
        # What earlier transactions read is no longer counted as this one's.
        self._one("SELECT pg_stat_force_next_flush()")
        seen = [self._one("BEGIN")]
        seen += [self._one(statement) for statement in statements]
        self._one("ROLLBACK")
        text = "\n".join(seen).replace(self.epoch, "EPOCH")
        return BUFFERS.sub("", WALL_TIME.sub("NOW", text))

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if not OF_MEMORY.search(notice.message_primary or ""):
            self.notices.append(said(notice))

    def _one(self, statement: str) -> str:
        self.notices.clear()
        try:
            if statement.startswith("COPY"):
                with self.connection.cursor().copy(statement.encode()) as copy:
                    found = b"".join(bytes(part) for part in copy).decode()
            else:
                found = rows(self.connection.execute(statement.encode()))
        except psycopg.Error as error:
            found = said(error.diag)
        return "\n".join([found, *self.notices])


def rows(cursor: psycopg.Cursor[tuple[object, ...]]) -> str:
    """The answer as the wire has it, one line a row, and how many rows it says it has."""
    result = cursor.pgresult
    assert result is not None
    lines = [
        "\t".join(
            (result.get_value(row, column) or b"\\N").decode()
            for column in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]
    return "\n".join([*lines, (result.command_status or b"").decode()])


def said(diagnosis: psycopg.errors.Diagnostic) -> str:
    """An error or a notice, in all its parts."""
    return " | ".join(str(getattr(diagnosis, name)) for name in SAID)


@contextmanager
def spying(dsn: str, name: str, settings: Sequence[str] = ()) -> Iterator[Spy]:
    with psycopg.connect(dsn, user=name, autocommit=True) as connection:
        spy = Spy(connection)
        for setting in settings:
            connection.execute(setting.encode())
        yield spy
