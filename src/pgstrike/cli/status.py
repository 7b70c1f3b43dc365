"""`pgstrike status`: whether everything works, in a terminal."""

import os
import sys
from typing import TYPE_CHECKING

import click

from pgstrike.api.settings import late_seconds
from pgstrike.cli.reach import database_settings, opened
from pgstrike.db.disk import free_mb
from pgstrike.db.health import Check
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg
    from rich.table import Table

COLOURS = {"ok": "green", "warn": "yellow", "bad": "bold red"}


@click.command()
def status() -> int:
    """Show each check of the database, and what to do where one is not ok.

    It ends with status 1 where a check is bad. `SELECT * FROM ops.health()` gives the same
    rows in psql; GET /health adds those of a running api.
    """
    late = late_seconds(os.environ)
    with opened(database_settings(), "status") as connection:
        checks = read_checks(connection, late)
    show(checks)
    return int(any(check.state == "bad" for check in checks))


def read_checks(connection: "psycopg.Connection", late: float) -> list[Check]:
    from psycopg.rows import class_row, scalar_row

    with connection.cursor(row_factory=scalar_row) as cursor:
        directory = cursor.execute(query("data_directory")).fetchone()
    values = {"late_seconds": late, "free_mb": free_mb(directory)}
    with connection.cursor(row_factory=class_row(Check)) as rows:
        return rows.execute(query("health_checks"), values).fetchall()


def show(checks: list[Check]) -> None:
    """As a table in a terminal, else as a line for each check."""
    if sys.stdout.isatty():
        from rich.console import Console  # it takes a moment to load

        Console().print(as_table(checks))
        return
    for check in checks:
        click.echo(f"{check.name:<12} {check.state:<4} {check.sentence()}")


def as_table(checks: list[Check]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("check", "state", "value", "bad above", "what it says, what to do")
    for check in checks:
        table.add_row(
            check.name,
            Text(check.state, COLOURS[check.state]),
            figure(check.value, check.unit),
            figure(check.bad_at, None),
            Text(check.sentence()),
        )
    return table


def figure(value: float | None, unit: str | None) -> str:
    return "" if value is None else " ".join(filter(None, [f"{value:,.0f}", unit]))
