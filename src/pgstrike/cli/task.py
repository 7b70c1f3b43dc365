"""`pgstrike task`: work that `pgstrike run` is asked to do."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from time import sleep
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.options import Text, Whole
from pgstrike.cli.reach import database_settings, end_by_signals, opened
from pgstrike.db.errors import PgstrikeError, database_errors
from pgstrike.db.queries import query
from pgstrike.db.task_arguments import check_arguments
from pgstrike.jobs.progress import ProgressBar

if TYPE_CHECKING:
    import psycopg

LOOK_SECONDS = 0.2
ENDED = ("completed", "failed", "cancelled")
Row = dict[str, Any]


@click.group()
def task() -> None:
    """Ask for work, watch it and cancel it; `pgstrike run` does it.

    `pgstrike task kinds` lists what can be asked for.
    """


@task.command()
def kinds() -> None:
    """List the kinds of tasks, with their arguments."""
    with connected() as connection:
        for name, about, schema, _ in connection.execute(query("task_kinds")):
            click.echo(f"{name}: {about}")
            found = json.loads(schema)
            for argument, said in found["properties"].items():
                star = "" if argument in found["required"] else " (optional)"
                click.echo(f"    {argument}={star} {said['description']}")


@task.command("list")
def list_tasks() -> None:
    """List the tasks, the newest first."""
    with connected() as connection:
        for row in rows(connection, None):
            click.echo(line_of(row))


@task.command()
@click.argument("kind", type=Text())
@click.argument("arguments", nargs=-1, type=Text(), metavar="[NAME=VALUE]...")
@click.option(
    "--key", type=Text(), help="The same key within 24 hours gives the same task."
)
@click.option("--wait", is_flag=True, help="Show the progress, and the result.")
def ask(kind: str, arguments: Sequence[str], key: str | None, wait: bool) -> None:
    """Ask for a task of a KIND, and print its id.

    Example: pgstrike task ask recompute symbol=NIFTY from=2025-08-29T00:00Z
    to=2025-08-30T00:00Z --wait
    """
    with connected() as connection:
        schema = schema_of(connection, kind)
        named = dict(argument(schema, text) for text in arguments)
        tell(connection, [asked(connection, schema, kind, named, key)], wait)


@task.command()
@click.argument("id", type=Whole(1, 2**62))
@click.option("--wait", is_flag=True, help="Show the progress, and the result.")
def show(id: int, wait: bool) -> None:
    """Show a task, as JSON."""
    with connected() as connection:
        if wait:
            follow(connection, id)
        else:
            click.echo(json.dumps(one(connection, id), indent=2))


@task.command()
@click.argument("id", type=Whole(1, 2**62))
def cancel(id: int) -> None:
    """Cancel a task; what it has done stays."""
    with connected() as connection:
        one(connection, id)
        [(state,)] = connection.execute(query("cancel_task"), {"id": id}).fetchall()
        if state != "cancelled":
            raise PgstrikeError(f"task {id} is {state} already")


def asked(
    connection: "psycopg.Connection",
    schema: Row,
    kind: str,
    named: Row,
    key: str | None = None,
) -> int:
    """The id of a task with these arguments; a PgstrikeError names the one that is wrong."""
    check_arguments(schema, named)
    wanted = {"kind": kind, "arguments": json.dumps(named), "idempotency_key": key}
    with database_errors(connection.info.dbname):
        [(id,)] = connection.execute(query("ask_task"), wanted).fetchall()
    return int(id)


def tell(connection: "psycopg.Connection", ids: Sequence[int], wait: bool) -> None:
    """Print the ids of tasks; or follow each, until it has ended."""
    for id in ids:
        if wait:
            follow(connection, id)
        else:
            click.echo(id)


def follow(connection: "psycopg.Connection", id: int) -> None:
    """Show the progress until the task has ended; then print its result."""
    with closing(ProgressBar()) as bar:
        while (row := one(connection, id))["state"] not in ENDED:
            bar.show(
                row["message"] or f"task {id} is {row['state']}", row["progress"], 1
            )
            sleep(LOOK_SECONDS)
    if row["state"] != "completed":
        raise PgstrikeError(f"task {id} {row['state']}: {row['error'] or 'on request'}")
    click.echo(json.dumps(row["result"], indent=2))


def schema_of(connection: "psycopg.Connection", kind: str) -> Row:
    found = {row[0]: row[2] for row in connection.execute(query("task_kinds"))}
    if kind not in found:
        some = ", ".join(found) or "none yet: start `pgstrike run`"
        raise PgstrikeError(f"there is no kind of task {kind!r}; there is {some}")
    schema: Row = json.loads(found[kind])
    return schema


def argument(schema: Mapping[str, Any], text: str) -> tuple[str, Any]:
    """A name and its value: text as it is, everything else as JSON has it."""
    name, equals, value = text.partition("=")
    if not equals:
        raise PgstrikeError(f"{text!r} is no argument; write it as NAME=VALUE")
    said = schema["properties"].get(name, {})
    if said.get("type", "string") == "string":
        return name, value
    try:
        return name, json.loads(value)
    except ValueError:
        raise PgstrikeError(f"{name} is no JSON; write {said['description']}") from None


def rows(connection: "psycopg.Connection", id: int | None) -> list[Row]:
    wanted = {"id": id, "state": None, "kind": None, "limit": 1000}
    found = connection.execute(query("tasks"), wanted).fetchall()
    return [json.loads(bytes(body)) for (body,) in found]


def one(connection: "psycopg.Connection", id: int) -> Row:
    found = rows(connection, id)
    if not found:
        raise PgstrikeError(f"there is no task {id}; see `pgstrike task list`")
    return found[0]


def line_of(row: Row) -> str:
    said = row["error"] or row["message"] or ""
    return (
        f"{row['id']:>6} {row['kind']:10} {row['state']:10} {row['progress']:>4.0%} "
        f"{row['asked_by']:12} {row['asked_at'][:19]} {said}"
    ).rstrip()


@contextlib.contextmanager
def connected() -> Iterator["psycopg.Connection"]:
    end_by_signals()
    with opened(database_settings(), "task") as connection:
        yield connection
