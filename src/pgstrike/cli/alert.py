"""`pgstrike alert`: SELECTs that fire when they give rows."""

import json
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.options import Text
from pgstrike.cli.task import asked, connected, follow, schema_of
from pgstrike.db.errors import PgstrikeError, database_errors
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg

NAME = click.argument("name", type=Text())


@click.group()
def alert() -> None:
    """Set alerts, list them, and see when they fired or would have.

    An alert is a SELECT. `pgstrike run` runs it after the events that matter; it fires when it
    begins to give rows.
    """


@alert.command()
@NAME
@click.argument("statement", type=Text())
@click.option(
    "--symbol",
    "symbols",
    multiple=True,
    type=Text(),
    help="May be repeated.  [default: every symbol]",
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    type=Text(),
    default=("chain",),
    show_default=True,
    help="It runs after events of this topic; may be repeated.",
)
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    type=Text(),
    help="A name of PGSTRIKE_ALERT_SINKS; may be repeated.",
)
@click.option(
    "--cooldown",
    type=float,
    default=0,
    help="Least seconds between two firings, by the market clock.",
)
@click.option("--off", is_flag=True, help="Set it, but do not run it yet.")
def add(
    name: str,
    statement: str,
    symbols: tuple[str, ...],
    topics: tuple[str, ...],
    sinks: tuple[str, ...],
    cooldown: float,
    off: bool,
) -> None:
    """Set the alert NAME to a SELECT.

    An alert of that name is replaced.

    Example: pgstrike alert add pcr-high "SELECT pcr_oi FROM
    analytics.pcr(asked.symbol, NULL, asked.at) WHERE expiry IS NULL AND pcr_oi > 1.2"
    """
    values = {
        "name": name,
        "statement": statement,
        "symbols": list(symbols) or None,
        "topics": list(topics),
        "sinks": list(sinks),
        "cooldown": cooldown,
        "is_on": not off,
    }
    with connected() as connection:
        ask(connection, "set_alert", values)


@alert.command()
@click.argument("statement", type=Text())
@click.option("--symbol", required=True, type=Text())
def test(statement: str, symbol: str) -> None:
    """Print the rows that a SELECT gives now. Nothing is stored.

    Each line is a JSON object.
    """
    from pgstrike.db.session import EVERYTHING
    from pgstrike.jobs.alerts.reading import rows_of

    with connected() as connection:
        ask(connection, "check_alert", {"statement": statement})
        [(clock,)] = ask(connection, "clock_of", {"symbol": symbol}) or [(None,)]
        if clock is None:
            raise PgstrikeError(
                f"{symbol} has no quotes; see `pgstrike instrument list` for the symbols"
            )
        rows = rows_of(connection, EVERYTHING, statement, symbol, at=None, clock=clock)
        for row in json.loads(rows):
            click.echo(json.dumps(row))


@alert.command("list")
def list_alerts() -> None:
    """List the alerts."""
    with connected() as connection:
        for row in found(connection, "alerts", {"name": None}):
            state = "on" if row["is_on"] else "off"
            said = row["error"] or row["statement"]
            click.echo(
                f"{row['key']:12} {row['name']:20} {state:3} {row['firings']:>5} {said}"
            )


@alert.command()
@NAME
def remove(name: str) -> None:
    """Remove an alert, with its firings."""
    with connected() as connection:
        ask(connection, "remove_alert", {"name": name})


@alert.command()
@NAME
def firings(name: str) -> None:
    """Print when an alert fired, the newest first.

    Each line is a JSON object.
    """
    with connected() as connection:
        require(connection, name)
        for row in found(connection, "alert_firings", {"name": name, "limit": 1000}):
            click.echo(json.dumps(row))


@alert.command()
@NAME
@click.option("--from", "start", required=True, type=Text(), help="2025-08-29T03:45Z")
@click.option("--to", "end", required=True, type=Text(), help="2025-08-29T10:00Z")
@click.option("--symbol", type=Text(), help="Only for that one.")
def replay(name: str, start: str, end: str, symbol: str | None) -> None:
    """Show how often, and when, an alert would have fired.

    The work is done by `pgstrike run`, so start one first.
    """
    arguments = {"name": name, "from": start, "to": end}
    if symbol:
        arguments["symbol"] = symbol
    with connected() as connection:
        require(connection, name)
        schema = schema_of(connection, "replay_alert")
        follow(connection, asked(connection, schema, "replay_alert", arguments))


def require(connection: "psycopg.Connection", name: str) -> None:
    if not found(connection, "alerts", {"name": name}):
        raise PgstrikeError(
            f"there is no alert {name}; see `pgstrike alert list` for their names"
        )


def found(
    connection: "psycopg.Connection", name: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    return [json.loads(bytes(body)) for (body,) in ask(connection, name, values)]


def ask(
    connection: "psycopg.Connection", name: str, values: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows of a query; what our SQL refuses is one line."""
    with database_errors(connection.info.dbname):
        return connection.execute(query(name), values).fetchall()
