"""What an adversary and an unlucky operator try: a few of each in CI, all in `make attack`."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from tests.api.conftest import client, serve
from tests.conftest import Stock
from tests.support.cookies import SENT
from tests.support.engines import WANTED, clone, make_server, make_template, running
from tests.support.grants import add_key, add_market
from tests.support.logins import reader_login

__all__ = ["client", "serve"]


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    """Two symbols, and a key of one of them."""
    add_key(connection, "nifty", SENT, symbols=["NIFTY"])
    return connection


@pytest.fixture(params=("postgres", "timescaledb"), scope="module")
def own(request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """A server that may be killed, which loses no commit, and its template."""
    server = make_server(request.param, {})
    if server is None:
        pytest.skip(f"engine {request.param} is not here: {WANTED}")
    with running(server):
        yield server, make_template(server)


@pytest.fixture
def server(own: tuple[Server, str]) -> Server:
    return own[0]


@pytest.fixture
def database(own: tuple[Server, str], request: pytest.FixtureRequest) -> Iterator[str]:
    server, template = own
    with ExitStack() as stack:
        # However the test ends, the database is dropped on a server that runs.
        dsn = stack.enter_context(clone(server, template, "outage"))
        stack.callback(server.start)
        yield dsn


@pytest.fixture
def login(connection: psycopg.Connection) -> Iterator[str]:
    """The DSN of a reader."""
    with reader_login(connection) as own:
        yield own


@pytest.fixture
def reader(login: str) -> Iterator[psycopg.Connection]:
    """A reader, logged in."""
    with psycopg.connect(login, autocommit=True) as connection:
        yield connection
