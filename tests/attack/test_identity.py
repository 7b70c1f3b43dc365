"""A reader never gets what another reader may read, wherever a request is interrupted."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import aiohttp
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from yarl import URL

from pgstrike.api.http.kept import Made
from pgstrike.api.http_server import serving
from pgstrike.db.listen import Channel
from pgstrike.db.pool import Pool, Source, ask, open_pool
from pgstrike.db.session import EVERYTHING, OF_THE_API
from tests.api.conftest import KEY, settings
from tests.conftest import Stock
from tests.support.cancelling import cancelled_at
from tests.support.grants import SYMBOLS, add_key, add_market

MAY = {
    "nifty": ["NIFTY"],
    "banknifty": ["BANKNIFTY"],
    "*": sorted(SYMBOLS),
    None: [],
}
SENT = {"nifty": "key-of-nifty", "banknifty": "key-of-banknifty", "*": KEY}
WAITS = 13  # two more than it waits where psycopg never finds a socket ready
ANSWER_SECONDS = 0.006  # about: within them each place of the server's work is reached
PATHS = ("metrics/pcr", "strike-distribution", "moneyness-series")
Times = Callable[[int, int], int]
Measured = Callable[[str], None]


class Symbols(NamedTuple):
    """What sql/queries/event_head.sql says."""

    epoch: str
    oldest: int
    newest: int
    symbols: list[str]


@pytest.fixture
def stock() -> Stock:
    return add_market


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    for name, symbols in (("nifty", ["NIFTY"]), ("banknifty", ["BANKNIFTY"])):
        add_key(connection, name, SENT[name], symbols=symbols)
    return connection


def pool_of(market: psycopg.Connection, dsn: str, size: int) -> "PoolContext":
    return open_pool(dsn, size=size, application_name="test", settings=OF_THE_API)


PoolContext = contextlib.AbstractAsyncContextManager[Pool]


async def symbols_of(source: Source, reader: str | None) -> list[str]:
    [head] = await ask(source, "event_head", {}, Symbols, reader=reader)
    return [symbol for symbol in head.symbols if symbol in SYMBOLS]


async def expect_rights(source: Source, first: str | None) -> None:
    """Each has the rights of its own, whoever asks first."""
    for reader in (first, *(other for other in MAY if other != first), first):
        assert await symbols_of(source, reader) == MAY[reader], (first, reader)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have psycopg wait wherever it may, as it does in a process that is busy."""
    monkeypatch.setattr("psycopg.waiting.MAX_BUSY_TIME", -1)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("before", "reader"),
    [("nifty", "*"), ("*", "nifty"), ("banknifty", "nifty"), ("nifty", None)],
)
async def test_nothing_of_a_reader_is_left_where_the_answer_was_not_waited_for(
    market: psycopg.Connection, dsn: str, before: str, reader: str | None
) -> None:
    """Cancelled at its n-th wait, for every n, and once more while that is cleared up."""
    cut = 0
    async with pool_of(market, dsn, 1) as pool:
        await expect_rights(pool, before)
        for place in range(1, WAITS):
            for again in range(place, WAITS):
                waited = await cancelled_at(symbols_of(pool, reader), place, again)
                cut += waited >= place
                await expect_rights(pool, before)
    assert cut


@pytest.mark.usefixtures("waiting")
async def test_statement_that_was_not_reached_is_prepared_again(
    market: psycopg.Connection, dsn: str
) -> None:
    """Cancelled while the server prepares it: for the others that follow it is not."""
    arguments = {
        "metric": "pcr",
        "words": '{"symbol":["NIFTY"]}',
        "members": '"metric":"pcr"',
    }
    waits = (
        "SELECT FROM pg_stat_activity WHERE application_name = 'test'"
        " AND datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def metric(pool: Pool) -> Made:
        [answer] = await ask(pool, "metric", arguments, Made, reader="nifty")
        return answer

    async with pool_of(market, dsn, 1) as pool:
        async with pool.connection() as session:
            session.prepare_threshold = 1  # what is asked a second time
        before = await metric(pool)
        with market.transaction():
            market.execute("LOCK TABLE job.event_counter")
            task = asyncio.create_task(metric(pool))
            async with asyncio.timeout(20):
                while not market.execute(waits).rowcount:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])
        assert await metric(pool) == before


@pytest.mark.usefixtures("waiting")
async def test_listening_connection_has_no_reader_of_its_own(
    market: psycopg.Connection, dsn: str
) -> None:
    own = make_conninfo(dsn, options="-c role=pgstrike_server")
    channel = Channel(own, "c", application_name="test", probe_seconds=5)
    cut = 0
    async with contextlib.aclosing(channel.signals()) as signals:
        await anext(signals)
        await expect_rights(channel, "nifty")
        for place in range(1, WAITS):
            waited = await cancelled_at(symbols_of(channel, EVERYTHING), place)
            cut += waited >= place
            await expect_rights(channel, "nifty")
    assert cut


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("size", [1, 3])
async def test_rights_hold_while_others_are_cancelled_at_random(
    market: psycopg.Connection, dsn: str, size: int, times: Times, measured: Measured
) -> None:
    chance, counts = random.Random(size), Counter[str]()

    async def one(pool: Pool) -> None:
        reader = chance.choice([*MAY])
        places = chance.sample(range(1, WAITS), chance.randint(1, 2))
        waited = await cancelled_at(symbols_of(pool, reader), *places)
        counts["cancelled"] += waited >= min(places)
        for reader in chance.sample([*MAY], 2):
            symbols = await symbols_of(pool, reader)
            counts["wrong"] += symbols != MAY[reader]

    async with pool_of(market, dsn, size) as pool:
        for _ in range(times(30, 500)):
            await asyncio.gather(*(one(pool) for _ in range(2 * size + 3)))
    cancelled, wrong = counts["cancelled"], counts["wrong"]
    measured(f"identity: pool of {size}, {cancelled} cancelled, {wrong} wrong answers")
    assert cancelled and not wrong


def request_of(reader: str, symbol: str, path: str) -> tuple[str, dict[str, str]]:
    headers = {"Authorization": f"Bearer {SENT[reader]}"}
    return f"/fo/{path}?symbol={symbol}", headers


async def abort(address: URL, chance: random.Random, seconds: float) -> None:
    """Send a request, for health or with some key, and end the socket meanwhile."""
    path, headers = request_of(
        chance.choice([*SENT]), chance.choice(SYMBOLS), chance.choice(PATHS)
    )
    _, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(
        f"GET {chance.choice([path, '/health'])} HTTP/1.1\r\nHost: {address.host}\r\n"
        f"Authorization: {headers['Authorization']}\r\n\r\n".encode()
    )
    await asyncio.sleep(seconds * chance.random())
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def served(
    dsn: str, size: int
) -> AsyncIterator[tuple[URL, aiohttp.ClientSession]]:
    made, before = settings(), asyncio.all_tasks()
    database = made.database._replace(pool_size=size)
    async with (
        serving(made._replace(database=database), dsn) as address,
        aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout(30)) as session,
    ):
        yield URL(address), session
    # What was aborted last may be cleared up yet.
    rest = asyncio.all_tasks() - before
    await asyncio.wait_for(asyncio.gather(*rest, return_exceptions=True), 20)


@pytest.mark.parametrize("size", [1, 3])
async def test_rights_hold_while_sockets_are_aborted(
    market: psycopg.Connection, dsn: str, size: int, times: Times, measured: Measured
) -> None:
    chance, counts = random.Random(size), Counter[str]()

    async def verify(session: aiohttp.ClientSession, reader: str) -> None:
        symbol = chance.choice(SYMBOLS)
        path, headers = request_of(reader, symbol, chance.choice(PATHS))
        async with session.get(path, headers=headers) as answer:
            counts["answers"] += 1
            counts["wrong"] += answer.status != (200 if symbol in MAY[reader] else 400)

    async def lane(address: URL, session: aiohttp.ClientSession) -> None:
        """One reader asks, and asks again after others were cut off."""
        for _ in range(times(80, 2500) // size):
            reader = chance.choice([*SENT])
            await verify(session, reader)
            for _ in range(2):
                await abort(address, chance, ANSWER_SECONDS * size)
                counts["aborted"] += 1
            await verify(session, reader)

    async with served(dsn, size) as (address, session):
        await asyncio.gather(*(lane(address, session) for _ in range(size)))
    measured(
        f"identity: pool of {size}, {counts['aborted']} aborted requests, "
        f"{counts['answers']} answers, {counts['wrong']} wrong"
    )
    assert not counts["wrong"]
