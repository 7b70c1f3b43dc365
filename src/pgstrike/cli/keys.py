"""`pgstrike key`: API keys and their logins."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from pgstrike.api.settings import own_address
from pgstrike.cli.options import Text, Whole, Words
from pgstrike.cli.reach import database_settings, opened
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.shards import Shard, errors_of, shards

if TYPE_CHECKING:
    import psycopg


@click.group()
def key() -> None:
    """Create, list and revoke API keys.

    A key names the symbols and topics that its holder may read, and the symbols whose quotes
    its holder may send.
    """


@key.command()
@click.argument("name", type=Text())
@click.option("--symbols", type=Words(), help="NIFTY,BANKNIFTY  [default: all]")
@click.option("--topics", type=Words(), help="chain,metrics  [default: all]")
@click.option(
    "--may-ingest",
    type=Words(),
    help="NIFTY,BANKNIFTY: may send their quotes.  [default: none]",
)
@click.option("--streams", type=Whole(0, 2**31 - 1), help="Most streams at once.")
@click.option("--admin", is_flag=True, help="May also see the state of the server.")
def create(
    name: str,
    symbols: list[str] | None,
    topics: list[str] | None,
    may_ingest: list[str] | None,
    streams: int | None,
    admin: bool,
) -> None:
    """Print a new key. It is shown once; the database keeps its hash.

    It is made on every server of PGSTRIKE_SHARDS too, or on none.
    """
    from pgstrike.api.access import api_keys

    wanted = api_keys.Wanted(name, symbols, topics, admin, streams, may_ingest or [])
    with connected() as connection, ExitStack() as stack:
        others = [
            stack.enter_context(opened_shard(each)) for each in shards(os.environ)
        ]
        click.echo(api_keys.create(wanted, connection, *others))


@key.command()
@click.argument("name", type=Text())
def revoke(name: str) -> None:
    """End a key, its streams and its login, on every server of PGSTRIKE_SHARDS too."""
    from pgstrike.api.access import api_keys

    with connected() as connection:
        is_ended = api_keys.end(name, connection)
    failures = list[str]()
    for shard in shards(os.environ):
        try:
            with opened_shard(shard) as connection:
                is_ended |= api_keys.end(name, connection)
        except PgstrikeError as error:
            failures.append(str(error))
    if failures:
        raise PgstrikeError(
            f"{'; '.join(failures)}; the key may be in force there, so run this again"
        )
    if not is_ended:
        raise api_keys.not_in_force(name)


@key.command()
@click.argument("name", type=Text())
@click.option(
    "--connections",
    type=Whole(1, 1000),
    default=10,
    show_default=True,
    help="Most connections at once.",
)
def login(name: str, connections: int) -> None:
    """Make a login NAME for psql, and print its password.

    NAME is the name of a key, and of the new user of the database, which may read what the
    key may.
    """
    from pgstrike.api.access import api_keys

    with connected() as connection:
        password = api_keys.login(name, connections, connection)
    click.echo(f"the user is {name}, and this is its password:", err=True)
    click.echo(password)


@key.command()
@click.argument("name", type=Text(), required=False)
@click.option(
    "--address",
    type=Text(),
    help="The api's, as browsers reach it.  [default: by PGSTRIKE_API_HOST, _PORT]",
)
def link(name: str | None, address: str | None) -> None:
    """Print a link that signs a browser in once, within 10 minutes.

    It signs in with the key NAME; without a NAME with PGSTRIKE_API_KEY.
    """
    from pgstrike.api.access import api_keys

    with connected() as connection:
        click.echo(api_keys.link(name, address or own_address(os.environ), connection))


@key.command("list")
def list_keys() -> None:
    """List the keys, with their rights and without their text."""
    from pgstrike.api.access import api_keys

    with connected() as connection:
        for line in api_keys.listed(connection):
            click.echo(line)


@contextlib.contextmanager
def connected() -> Iterator["psycopg.Connection"]:
    with opened(database_settings(), "keys") as connection:
        yield connection


@contextlib.contextmanager
def opened_shard(shard: Shard) -> Iterator["psycopg.Connection"]:
    """A connection to a shard; its errors name the shard."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.schema import require_built

    with errors_of(shard), connect(shard.dsn, "keys") as connection:
        require_built(connection)
        yield connection
