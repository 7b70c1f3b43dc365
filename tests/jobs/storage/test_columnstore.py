"""jobs.storage.columnstore: compressed days stay right, and small, whatever comes late."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random

import psycopg
import pytest

from pgstrike.jobs.ingest.raw_quotes import quotes_to_write_again
from pgstrike.jobs.ingest.redate import redate
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.storage.columnstore import LOCK_TIMEOUT, compress_cold
from tests.conftest import NUMBERS, Cluster
from tests.support.engines import clone
from tests.support.judged_market import (
    correct,
    session_of,
    stored,
    tables,
    unlike,
)
from tests.support.quote_market import (
    EXPIRY,
    FRIDAY,
    MONDAY,
    THURSDAY,
    value,
)

pytestmark = pytest.mark.both_engines

ON_TIMESCALEDB = pytest.mark.parametrize("cluster", ["timescaledb"], indirect=True)
LATE = 350
TIMES = [f"{9 + n // 60:02}:{n % 60:02}" for n in range(16, 388, 6)]
SIZE = "SELECT public.hypertable_size('fo.option_quote')"
COMPRESSED = (
    "SELECT array_agg(range_start::date ORDER BY range_start)"
    " FROM timescaledb_information.chunks"
    " WHERE hypertable_name = 'option_quote' AND is_compressed"
)
QUIET = "UPDATE job.late_write SET written_at = now() - interval '3 minutes'"


class Market:
    """Three sessions, and the quotes of the first two that come late."""

    def __init__(self) -> None:
        random = Random(11)
        days = [session_of(day, random, TIMES) for day in (THURSDAY, FRIDAY, MONDAY)]
        past = [*days[0], *days[1]]
        self.late = random.sample(past, LATE)
        late = {id(quote) for quote in self.late}
        self.first = [q for day in days for q in day if id(q) not in late]


@pytest.fixture(scope="module")
def market() -> Market:
    return Market()


@pytest.fixture
def connection(dsn: str, connection: psycopg.Connection) -> psycopg.Connection:
    """The test's database, in which a change of a compressed quote in place is an error."""
    name = connection.info.dbname
    connection.execute(
        f"ALTER DATABASE {name} SET"
        " timescaledb.max_tuples_decompressed_per_dml_transaction = 1".encode()
    )
    return connection


@pytest.fixture
def twin(cluster: Cluster) -> Iterator[str]:
    """A database that compresses nothing."""
    name = f"twin_{next(NUMBERS)}"
    with clone(cluster.server, cluster.template, name) as own:
        yield own


def late(dsn: str, market: Market) -> None:
    stored(dsn, market.late)


def corrections(dsn: str, market: Market) -> None:
    """The same quotes with other prices, volumes and OI: each replaces what is stored."""
    corrected = [
        quote._replace(call={**quote.call, "ltp": 7.0, "volume": 90_000, "oi": 99})
        for quote in market.first
        if quote.day == THURSDAY
    ]
    stored(dsn, corrected[: LATE // 2])


def calendar(dsn: str, market: Market) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        correct(connection, FRIDAY, "10:00", "15:00")
    assert judge_again(dsn) >= 1


def new_expiry(dsn: str, market: Market) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        redate(connection, "NIFTY", EXPIRY, date(2025, 9, 3))


@ON_TIMESCALEDB
@pytest.mark.parametrize(
    "change",
    [
        late,
        calendar,
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in (corrections, new_expiry)
        ),
    ],
)
def test_changed_compressed_days_equal_those_that_never_were(
    dsn: str,
    twin: str,
    connection: psycopg.Connection,
    market: Market,
    change: Callable[[str, Market], None],
) -> None:
    """In every relation; and compressed again they take no more space than the twin's."""
    for own in (dsn, twin):
        stored(own, market.first)
    refresh_all(connection)
    assert compress_cold(connection, 1) == 2
    assert value(connection, COMPRESSED) == [THURSDAY, FRIDAY]
    for own in (dsn, twin):
        change(own, market)
    found = tables(connection)
    connection.execute(QUIET.encode())
    assert compress_cold(connection, 1) > 0
    assert value(connection, COMPRESSED) == [THURSDAY, FRIDAY]
    with psycopg.connect(twin, autocommit=True) as other:
        expected = tables(other)
        assert len(expected["fo.option_quote"]) >= len(market.first)
        assert unlike(expected, found) == []
        assert unlike(expected, tables(connection)) == []
        other.execute(QUIET.encode())
        assert compress_cold(other, 1) == 2
        assert value(connection, SIZE) <= 1.1 * value(other, SIZE)


@ON_TIMESCALEDB
def test_only_past_days_that_nobody_writes_to_are_compressed(
    dsn: str, connection: psycopg.Connection, market: Market
) -> None:
    stored(dsn, market.first)
    assert compress_cold(connection, 0) == 0
    assert compress_cold(connection, 2) == 1
    assert value(connection, COMPRESSED) == [THURSDAY]
    assert compress_cold(connection, 1) == 1
    stored(dsn, [quote for quote in market.late if quote.day == THURSDAY])
    assert value(connection, COMPRESSED) == [FRIDAY]
    assert compress_cold(connection, 1) == 0
    connection.execute(QUIET.encode())
    assert compress_cold(connection, 1) == 1


@ON_TIMESCALEDB
def test_newest_day_that_somebody_compressed_takes_late_quotes(
    dsn: str, connection: psycopg.Connection, market: Market
) -> None:
    newest = [quote for quote in market.first if quote.day == MONDAY]
    stored(dsn, newest[:-200] + newest[-100:])
    connection.execute(
        "SELECT public.compress_chunk(chunk)"
        " FROM public.show_chunks('fo.option_quote') AS chunk"
    )
    stored(dsn, newest[-200:-100])
    assert value(connection, COMPRESSED) is None
    assert value(connection, "SELECT count(*) FROM fo.option_quote") == len(newest)


@ON_TIMESCALEDB
def test_chunk_that_is_read_for_long_waits_for_the_next_run(
    dsn: str, connection: psycopg.Connection, market: Market
) -> None:
    stored(dsn, market.first)
    with psycopg.connect(dsn) as reader:
        reader.execute(
            "SELECT FROM fo.option_quote WHERE quote_time < %s LIMIT 1", [MONDAY]
        )
        assert compress_cold(connection, 1) == 0
    assert compress_cold(connection, 1) == 2


@pytest.mark.one_engine
def test_plain_postgres_compresses_nothing(
    dsn: str, connection: psycopg.Connection
) -> None:
    assert compress_cold(connection, 1) == 0


@ON_TIMESCALEDB
def test_quotes_are_read_for_writing_as_a_writer(
    dsn: str, connection: psycopg.Connection, market: Market
) -> None:
    """A job that compresses the chunk and who only reads it would wait for each other."""
    stored(dsn, market.first)
    span = {"symbol": "NIFTY", "expiry": None, "from": THURSDAY, "to": FRIDAY}
    with connection.transaction():
        assert len(quotes_to_write_again(connection, span))
        modes = connection.execute(
            "SELECT DISTINCT mode FROM pg_locks"
            " JOIN pg_class ON pg_class.oid = relation"
            " JOIN timescaledb_information.chunks ON chunk_name = relname"
            " WHERE hypertable_name = 'option_quote' AND pid = pg_backend_pid()"
        ).fetchall()
    assert ("RowExclusiveLock",) in modes


@ON_TIMESCALEDB
def test_compression_gives_up_before_a_deadlock_is_looked_for(
    connection: psycopg.Connection,
) -> None:
    sooner = "SELECT %s::interval < current_setting('deadlock_timeout')::interval"
    assert value(connection, sooner, LOCK_TIMEOUT)
