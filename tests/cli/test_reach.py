"""Why a command could not do its work, in words that fit the cause."""

import psycopg
import pytest

from pgstrike.cli.reach import refusals
from pgstrike.db.errors import PgstrikeError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            psycopg.OperationalError("connection refused"),
            "the server cannot be reached (connection refused); check PGSTRIKE_DSN",
        ),
        (
            psycopg.errors.DiskFull("could not extend file"),
            "the server's disk is full (could not extend file); free space on it; nothing "
            "else is needed",
        ),
        (
            psycopg.errors.CheckViolation("new row violates a check"),
            "the database refused: new row violates a check",
        ),
    ],
)
def test_only_what_is_refused_is_said_to_be(error: psycopg.Error, said: str) -> None:
    with pytest.raises(PgstrikeError) as raised, refusals():
        raise error
    assert str(raised.value) == said
