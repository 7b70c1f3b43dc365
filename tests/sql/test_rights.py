"""What a reader may read, in psql as through the api: what job.api_key says."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from psycopg import sql

from pgstrike.db.queries import query
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import Stock
from tests.support.grants import acting, symbols
from tests.support.live_market import open_store
from tests.support.quote_market import EXPIRY, Quote, add, select, value

NAMES = itertools.count()
# What a function needs besides the symbol.
REQUIRED = {"date": EXPIRY, "timestamp with time zone": date(2025, 9, 1), "text": "x"}
Reader = Callable[..., psycopg.Connection]


def two_symbols(connection: psycopg.Connection) -> None:
    """Two symbols, quoted and refreshed."""
    store = open_store(connection)
    for symbol in ("NIFTY", "BANKNIFTY"):
        add(
            store,
            *(
                Quote(
                    "10:00:00", strike, {"ltp": 1.0, "oi": 75}, symbol=symbol,
                    underlying=24_600.0,
                )
                for strike in (24_500, 24_600)
            ),
        )  # fmt: skip
    refresh_all(connection)


@pytest.fixture
def stock() -> Stock:
    return two_symbols


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.fixture
def reading(dsn: str, market: psycopg.Connection) -> Iterator[Reader]:
    """A connection as the api has it, acting for a key with some rights."""
    opened = []

    def connect(**rights: object) -> psycopg.Connection:
        names = ", ".join(["name", *rights])
        marks = ", ".join(["%s"] * (len(rights) + 1))
        market.execute(
            f"INSERT INTO job.api_key ({names}) VALUES ({marks})".encode(),
            ["reader", *rights.values()],
        )
        opened.append(acting(dsn, "reader"))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def views(connection: psycopg.Connection) -> list[str]:
    found = select(
        connection,
        "SELECT DISTINCT relname FROM pg_class INNER JOIN pg_attribute ON attrelid ="
        " pg_class.oid WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'v'"
        " AND attname = 'symbol'",
    )
    return [row["relname"] for row in found]


def test_every_relation_of_the_market_has_a_view(market: psycopg.Connection) -> None:
    [row] = select(
        market,
        "SELECT array_agg(relname ORDER BY relname) FILTER (WHERE schema = 'fo') AS theirs,"
        " array_agg(relname ORDER BY relname) FILTER (WHERE schema <> 'fo') AS ours"
        " FROM (SELECT relname, relnamespace::regnamespace::text AS schema FROM pg_class"
        " WHERE relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition) AS relation"
        " WHERE schema IN ('fo', 'analytics')",
    )
    assert row["ours"] == row["theirs"] and len(row["ours"]) > 25


def test_views_show_the_rows_of_ones_own_symbols(
    reading: Reader, market: psycopg.Connection
) -> None:
    reader = reading(symbols=["NIFTY"])
    seen = {view: symbols(reader, view) for view in views(market)}
    assert {"option_quote", "latest_snapshot", "event", "expiry_metrics"} <= set(seen)
    for view, found in seen.items():
        assert found - {None} <= {"NIFTY"}, view
        assert "BANKNIFTY" in symbols(market, view) or not symbols(market, view), view
    assert symbols(reader, "option_quote") == {"NIFTY"}


def test_events_are_those_of_ones_own_topics(reading: Reader) -> None:
    reader = reading(topics=["rollup"])
    [row] = select(
        reader, "SELECT array_agg(DISTINCT topic) AS topics FROM analytics.event"
    )
    assert row["topics"] == ["rollup"]


def test_condition_of_a_reader_sees_no_other_row(
    reading: Reader, market: psycopg.Connection
) -> None:
    """However cheap it says it is: the rows come out of functions that run as the owner."""
    reader = reading(symbols=["NIFTY"])
    own = sql.Identifier(market.info.dbname)
    market.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO PUBLIC").format(own))
    seen = []
    reader.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    reader.execute(
        "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
        " AS $$ BEGIN RAISE NOTICE '%', $1; RETURN TRUE; END $$"
    )
    reader.execute("SELECT FROM analytics.option_quote WHERE pg_temp.leak(symbol)")
    assert set(seen) == {"NIFTY"}


def metrics(connection: psycopg.Connection) -> dict[str, list[tuple[str, str]]]:
    """The functions, and the parameters that each cannot do without."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in select(connection, "SELECT * FROM ops.metric_parameter ORDER BY place"):
        needed = found.setdefault(row["metric"], [])
        if not row["is_optional"] and row["parameter"] != "symbol":
            needed.append((row["parameter"], str(row["type"])))
    return found


def test_no_metric_answers_about_anothers_symbol(
    reading: Reader, market: psycopg.Connection
) -> None:
    """To whom it may not be shown it is as unknown as one that there is not."""
    reader = reading(symbols=["NIFTY"])
    for metric, needed in metrics(market).items():
        types = [kind for _, kind in needed]
        marks = "".join(f", %s::{kind}" for kind in types)
        call = f"SELECT * FROM analytics.{metric}(%s{marks})".encode()
        values = [REQUIRED.get(kind) for kind in types]
        with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
            reader.execute(call, ["BANKNIFTY", *values])
        assert refused.value.diag.constraint_name == "unknown_symbol", metric
        assert refused.value.diag.message_hint == "Send one of: NIFTY.", metric


def test_metric_of_ones_own_symbol_is_answered(
    reading: Reader, market: psycopg.Connection
) -> None:
    call = "SELECT * FROM analytics.expiry_metrics('NIFTY')"
    assert select(reading(symbols=["NIFTY"]), call) == select(market, call) != []


@pytest.mark.parametrize("key", ["", "nobody", "gone"])
def test_who_has_no_key_reads_nothing(
    dsn: str, market: psycopg.Connection, key: str
) -> None:
    market.execute(
        "INSERT INTO job.api_key (name, revoked_at) VALUES ('gone', clock_timestamp())"
    )
    with acting(dsn, key) as reader:
        assert symbols(reader, "option_quote") == set()
        assert value(reader, "SELECT count(*) FROM analytics.event") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM fo.option_quote",
        "SELECT FROM job.api_key",
        "SELECT ops.append_events('{}', '{}', '{}', '{}')",
        "SELECT FROM ops.chains('NIFTY', NULL, NULL)",
    ],
)
def test_reader_has_the_views_and_nothing_else(reading: Reader, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reading().execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM analytics.event", "UPDATE analytics.instrument SET clock = NULL"],
)
def test_no_view_can_be_written_to(reading: Reader, statement: str) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        reading().execute(statement.encode())


@contextmanager
def login(market: psycopg.Connection) -> Iterator[str]:
    """A role of its own that may log in and joins the readers."""
    name = f"reader_{next(NAMES)}_{market.info.dbname}"
    role = sql.Identifier(name)
    market.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE pgstrike_reader").format(role))
    try:
        yield name
    finally:
        market.execute(sql.SQL("DROP ROLE {}").format(role))


def test_login_has_the_rights_of_the_key_of_its_name(
    dsn: str, market: psycopg.Connection
) -> None:
    """Whatever key it says it acts for."""
    market.execute("INSERT INTO job.api_key (name) VALUES ('everything')")
    with (
        login(market) as name,
        psycopg.connect(dsn, user=name, autocommit=True) as reader,
    ):
        for key in ("", "*", "everything"):
            reader.execute("SELECT set_config('pgstrike.key', %s, FALSE)", [key])
            assert symbols(reader, "option_quote") == set()
        market.execute(
            "INSERT INTO job.api_key (name, symbols) VALUES (%s, '{NIFTY}')", [name]
        )
        assert symbols(reader, "option_quote") == {"NIFTY"}


def test_nobody_can_guess_where_events_are_notified(
    dsn: str, market: psycopg.Connection
) -> None:
    """Postgres lets everybody listen to everything, so the channel is the owner's secret."""
    channel = value(market, "SELECT channel FROM job.installation")
    assert len(channel) == len("pgstrike_") + 16
    with (
        login(market) as name,
        psycopg.connect(dsn, user=name) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute(query("channel"))
