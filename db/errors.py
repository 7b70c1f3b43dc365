"""Errors that a user can act on.

PgstrikeError
+-- SettingError        an environment variable or option that cannot be used
+-- FeedError           a source that cannot be read on
+-- DatabaseError       the database cannot be reached, or is not the one we need
    +-- PrimaryError    the primary, where another database is read
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgstrike.db.causes import Cause

MOST_SHOWN = 600  # characters of a refusal


class PgstrikeError(Exception):
    """Something a user can act on; its text says what to do, in one line."""


class SettingError(PgstrikeError):
    """A setting that cannot be used."""


class FeedError(PgstrikeError):
    """A source that cannot be read on."""


class DatabaseError(PgstrikeError):
    """A database that cannot be reached, or is not the one we need; the code says why."""

    def __init__(self, message: str, code: str = "unusable") -> None:
        super().__init__(message)
        self.code = code


class PrimaryError(DatabaseError):
    """The same of the primary: reads go on, and nothing can be written."""


class RefusedError(PgstrikeError):
    """An argument that our SQL refuses, with the stable code it gives the refusal."""

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field  # the argument, where the code does not name it
        self.hint = hint


def one_line(error: BaseException) -> str:
    """The first line of what an error says, or its type where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def last_line(error: BaseException) -> str:
    """What a command that cannot go on says: one line, however its arguments looked."""
    if isinstance(error, PgstrikeError):
        text = str(error)
    else:
        text = f"the database refused: {explain(error)}"
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text.strip())
    if len(shown) > MOST_SHOWN:  # its end says what to do
        shown = f"{shown[: MOST_SHOWN // 2]} ... {shown[-MOST_SHOWN // 2 :]}"
    return f"pgstrike: {shown}\n"


@contextlib.contextmanager
def database_errors(target: str) -> Iterator[None]:
    """Turn what the driver raises into errors of ours; `target` names the server."""
    import psycopg  # here: the guard of the embedded server does without

    from pgstrike.db.causes import UNREACHABLE, cause_of

    try:
        yield
    except psycopg.errors.InvalidParameterValue as error:
        says = error.diag
        message = ". ".join(filter(None, [says.message_primary, says.message_hint]))
        code = says.constraint_name or "refused"
        raise RefusedError(
            code, message, says.column_name or None, says.message_hint
        ) from error
    except (
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedTable,
    ) as error:
        raise DatabaseError(
            f"the database {target} is not what this pgstrike needs ({one_line(error)}); "
            "run `pgstrike upgrade`"
        ) from error
    except psycopg.Error as error:
        if "unsupported startup parameter" in str(error):
            raise DatabaseError(
                f"{target} is a pooler that refuses the settings of our sessions; "
                "point PGSTRIKE_DSN at the server itself"
            ) from error
        cause = cause_of(error)
        if cause is None:
            raise
        if cause is UNREACHABLE:
            message = (
                f"cannot reach the database {target}: {one_line(error)}; {cause.do}"
            )
        else:
            message = f"the database {target}: {sentence(cause, error)}"
        raise DatabaseError(message, cause.code) from error


def explain(error: BaseException) -> str:
    """What went wrong and what to do, in one line, of whatever was raised."""
    from pgstrike.db.causes import cause_of

    cause = cause_of(error)
    return one_line(error) if cause is None else sentence(cause, error)


def sentence(cause: "Cause", error: BaseException) -> str:
    return f"{cause.wrong} ({one_line(error)}); {cause.do}"
