"""The SELECT of an alert can do no more than its key may read, whatever it says."""

from collections.abc import Iterator

import psycopg
import pytest

from pgstrike.jobs.alerts.looking import look_at_alerts
from pgstrike.jobs.alerts.reading import AlertError, rows_of
from tests.conftest import Stock
from tests.support.alerts import set_alert
from tests.support.grants import acting, add_key, add_market
from tests.support.live_market import OPEN
from tests.support.logins import reader_login
from tests.support.quote_market import events, select, value

WRITES = (
    "INSERT INTO job.api_key (name, is_admin) VALUES ('evil', TRUE) RETURNING name",
    "DELETE FROM fo.event RETURNING id",
    "WITH gone AS (DELETE FROM fo.event RETURNING id) SELECT id FROM gone",
    "SELECT 1; DROP TABLE fo.event",
    "SELECT 1) AS found; DROP TABLE fo.event; SELECT * FROM (SELECT 1",
    "SELECT 1) AS found; COMMIT; DROP TABLE fo.event; --",
    "SELECT symbol FROM fo.instrument",
    "SELECT name FROM job.api_key",
    "SELECT 1 AS one FROM analytics.instrument FOR UPDATE",
    "EXPLAIN SELECT 1",
    "SHOW data_directory",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_advisory_lock(1)",
    "SELECT lo_create(0)",
    "SELECT nosuch FROM analytics.instrument",
    "SELECT * FROM analytics.nosuch('NIFTY')",
    "SELEC 1",
    "SELECT 'x",
    "SELECT /* 1",
    "",
    "DO $$ BEGIN END $$",
    "TABLE fo.event",
    "SELECT 1 INTO TEMPORARY TABLE x",
    "SELECT ''::date",
)
# They may be set, since only running them shows what they do; then they come to nothing.
RUN = (
    "SELECT set_config('role', 'none', TRUE)",
    "SELECT set_config('role', 'pgstrike_server', TRUE)",
    "SELECT set_config('session_authorization', 'default', TRUE)",
    "SELECT set_config('transaction_read_only', 'off', TRUE)",
    "SELECT ops.ask_task('judge')",
    "SELECT ops.set_alert('other', 'SELECT 1 AS one')",
    "SELECT query_to_xml('DELETE FROM fo.event', TRUE, TRUE, '')",
    "SELECT query_to_xml('SELECT * FROM job.api_key', TRUE, TRUE, '')",
    "SELECT pg_sleep(60)",
    "SELECT repeat('x', 200000) AS long",
)
HIDDEN = "SELECT count(*) AS n FROM analytics.instrument WHERE symbol = 'BANKNIFTY'"
FORGED = (
    "WITH forged AS MATERIALIZED (SELECT set_config('pgstrike.key', '{}', FALSE) AS key),"
    " also AS MATERIALIZED (SELECT set_config('application_name', key, FALSE) FROM forged)"
    " SELECT (SELECT count(*) FROM analytics.instrument WHERE symbol = 'BANKNIFTY') AS n"
    " FROM also"
)


def two_keys(connection: psycopg.Connection) -> None:
    """Two symbols, a key of one of them, and one of an administrator."""
    add_market(connection)
    add_key(connection, "one", "one", symbols=["NIFTY"])
    add_key(connection, "boss", "boss", is_admin=True)


@pytest.fixture
def stock() -> Stock:
    return two_keys


@pytest.fixture
def market(stock: Stock, connection: psycopg.Connection) -> psycopg.Connection:
    return connection


@pytest.fixture
def one(market: psycopg.Connection, dsn: str) -> Iterator[psycopg.Connection]:
    with acting(dsn, "one") as connection:
        yield connection


def run(connection: psycopg.Connection, statement: str, key: str = "one") -> str:
    return rows_of(
        connection, key, statement, "NIFTY", at=None, clock=OPEN, seconds=0.5
    )


@pytest.mark.parametrize("statement", WRITES)
def test_what_does_more_than_read_is_refused(
    one: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
        set_alert(one, "evil", statement)
    says = error.value.diag
    assert says.constraint_name == "bad_statement"
    assert says.column_name == "statement"
    assert says.message_primary and "\n" not in says.message_primary
    assert says.message_hint


@pytest.mark.parametrize("statement", WRITES)
def test_what_was_refused_does_no_harm_when_it_is_run(
    market: psycopg.Connection, statement: str
) -> None:
    before = select(market, "SELECT * FROM fo.event ORDER BY id")
    keys = select(market, "SELECT * FROM job.api_key ORDER BY name")
    with pytest.raises(AlertError):
        run(market, statement)
    assert select(market, "SELECT * FROM fo.event ORDER BY id") == before
    assert select(market, "SELECT * FROM job.api_key ORDER BY name") == keys


@pytest.mark.parametrize("statement", RUN)
def test_running_takes_on_no_right(market: psycopg.Connection, statement: str) -> None:
    with pytest.raises(AlertError):
        run(market, statement)
    assert value(market, "SELECT count(*) FROM job.task") == 0
    assert value(market, "SELECT count(*) FROM job.alert") == 0


@pytest.mark.parametrize("name", ["*", "boss", "one", ""])
def test_key_cannot_be_forged(market: psycopg.Connection, name: str) -> None:
    assert run(market, HIDDEN, key="boss") == '[{"n": 1}]'
    assert run(market, HIDDEN) == '[{"n": 0}]'
    assert run(market, FORGED.format(name)) == '[{"n": 0}]'


def test_what_it_sets_is_undone(market: psycopg.Connection) -> None:
    kept = (
        "SELECT current_setting('search_path') AS path, current_user AS me,"
        " current_setting('statement_timeout') AS timeout, current_setting('role') AS role,"
        " current_setting('pgstrike.key', TRUE) AS key"
    )
    [before] = select(market, kept)
    for name in ("search_path", "statement_timeout", "pgstrike.key"):
        run(market, f"SELECT set_config('{name}', '0', FALSE)")
    [after] = select(market, kept)
    assert after | {"key": after["key"] or None} == before


def test_it_sees_no_statement_of_others(market: psycopg.Connection) -> None:
    seen = run(
        market,
        "SELECT query FROM pg_stat_activity WHERE query NOT IN"
        " ('', '<insufficient privilege>') AND pid <> pg_backend_pid()",
    )
    assert seen == "[]"


def test_names_of_its_own_cannot_take_over(market: psycopg.Connection) -> None:
    """Columns of the SELECT are called like what runs it."""
    assert run(market, "SELECT 1 AS found, 2 AS asked") == '[{"asked": 2, "found": 1}]'
    assert run(market, "SELECT asked.symbol -- and more") == '[{"symbol": "NIFTY"}]'


def test_nobody_but_the_owner_has_the_role(market: psycopg.Connection) -> None:
    members = value(
        market,
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'pgstrike_alert'::regrole"
        " AND member <> current_user::regrole",
    )
    assert members == 0
    with reader_login(market) as own, psycopg.connect(own, autocommit=True) as login:
        for statement in (
            "SET ROLE pgstrike_alert",
            "ALTER FUNCTION ops.alert_rows SECURITY INVOKER",
            "SELECT ops.alert_rows('SELECT 1 AS n', 'NIFTY', NULL, NULL, 1)",
            "SELECT ops.alert_reads_for('boss')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement.encode())


def test_rows_are_for_the_role_alone(market: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="read by pgstrike_alert"):
        market.execute("SELECT ops.alert_rows('SELECT 1 AS n', 'X', NULL, NULL, 1)")


def test_function_of_another_owner_runs_nothing(market: psycopg.Connection) -> None:
    """As a restore on a server without the role leaves it."""
    market.execute("ALTER FUNCTION ops.alert_rows OWNER TO current_user")
    with pytest.raises(AlertError, match=r"belongs to|permission denied"):
        run(market, "SELECT 1 AS n")


def test_alerts_are_told_to_their_key(market: psycopg.Connection, dsn: str) -> None:
    add_key(market, "two", "two")
    for name in ("one", "two"):
        with acting(dsn, name) as connection:
            set_alert(connection, f"of-{name}", "SELECT asked.symbol")
    assert look_at_alerts(market) == 3
    assert len(events(market, "alert")) == 3
    for name, seen in (
        ("one", {"of-one"}),
        ("two", {"of-two"}),
        ("boss", {"of-one", "of-two"}),
    ):
        with acting(dsn, name) as connection:
            told = select(
                connection,
                "SELECT payload ->> 'alert' AS alert FROM analytics.event"
                " WHERE topic = 'alert'",
            )
            assert {row["alert"] for row in told} == seen
            listed = select(connection, "SELECT name FROM ops.alerts()")
            assert {row["name"] for row in listed} == seen
    with acting(dsn, "one") as connection:
        assert select(connection, "SELECT * FROM ops.alert_firings('of-two')") == []


def test_reader_sets_no_more_than_it_may(one: psycopg.Connection) -> None:
    refusals: dict[str, dict[str, object]] = {
        "unknown_symbol": {"symbols": ["BANKNIFTY"]},
        "not_allowed": {"sinks": ["desk"]},
        "bad_topics": {"topics": ["alert"]},
        "bad_cooldown": {"cooldown": -1},
    }
    for code, given in refusals.items():
        with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
            set_alert(one, "a", "SELECT 1 AS n", **given)  # type: ignore[arg-type]
        assert error.value.diag.constraint_name == code
