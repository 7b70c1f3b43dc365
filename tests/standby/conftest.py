"""Two servers, and a fresh database on both."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import psycopg
import pytest

from pgstrike.db.install.render import Engine
from tests.api.conftest import Client, served
from tests.support.engines import WANTED, clone, make_template
from tests.support.pairs import Pair, pair_of

NUMBERS = itertools.count()


class Copied(NamedTuple):
    """A database on both servers."""

    pair: Pair
    primary: str  # DSNs
    standby: str


@pytest.fixture(scope="module", params=["postgres", "timescaledb"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Pair, str]]:
    """Two servers, and the database that is cloned."""
    engine: Engine = request.param
    with pair_of(engine) as made:
        if made is None:
            pytest.skip(f"engine {engine} is not here: {WANTED}")
        yield made, make_template(made.primary)


@pytest.fixture
def copied(pair: tuple[Pair, str]) -> Iterator[Copied]:
    made, template = pair
    name = f"standby_{next(NUMBERS)}"
    with clone(made.primary, template, name) as dsn:
        made.replayed()
        yield Copied(made, dsn, made.standby.dsn(name))


@pytest.fixture
def connection(copied: Copied) -> Iterator[psycopg.Connection]:
    """To the primary."""
    with psycopg.connect(copied.primary, autocommit=True) as made:
        yield made


@pytest.fixture
async def near(copied: Copied) -> AsyncIterator[Client]:
    """An api of the standby."""
    async with served(
        copied.standby, source="standby", primary_dsn=copied.primary
    ) as client:
        yield client
