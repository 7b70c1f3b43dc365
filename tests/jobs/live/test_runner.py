"""Feeds that are driven: stored, connected again, refused, and replaced by one another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.pace import Pace
from pgstrike.jobs.live.plugin import RefusedError
from pgstrike.jobs.live.runner import FeedRunner, feeding
from tests.support.live_feeds import Source, outside
from tests.support.quote_market import Row, select, value
from tests.support.scheduled import wait_for
from tests.support.tasks import settings

QUICK = Pace(
    grid=0.05,
    beat=0.1,
    first=0.05,
    most=0.1,
    refusals=2,
    silence=1.0,
    patience=0.5,
    gaps=2.0,
)
Drive = Callable[..., FeedRunner]


@pytest.fixture
def drive(dsn: str) -> Iterator[Drive]:
    with ExitStack() as stack:

        def begun(pace: Pace = QUICK, **sources: Source) -> FeedRunner:
            return stack.enter_context(
                feeding(dsn, settings(), outside(**sources), pace)
            )

        yield begun


def add(
    connection: psycopg.Connection, name: str, position: int = 1, *symbols: str
) -> None:
    connection.execute(
        "SELECT ops.set_feed(%s, %s, %s, '{}', %s, TRUE)",
        [name, name, [*(symbols or ("BTC",))], position],
    )


@pytest.fixture
def market(connection: psycopg.Connection) -> psycopg.Connection:
    """A symbol whose exchange never closes."""
    connection.execute(
        "INSERT INTO fo.instrument (symbol, exchange) VALUES ('BTC', 'DERIBIT')"
    )
    return connection


def feed(connection: psycopg.Connection, name: str) -> Row:
    [row] = select(connection, "SELECT * FROM job.feed WHERE name = %s", name)
    return row


def sources(connection: psycopg.Connection) -> list[str]:
    found = select(connection, "SELECT source FROM fo.quote_source ORDER BY since")
    return [row["source"] for row in found]


def prices(connection: psycopg.Connection) -> set[float]:
    found = select(connection, "SELECT DISTINCT call_ltp FROM fo.option_quote")
    return {row["call_ltp"] for row in found}


def events(connection: psycopg.Connection) -> list[dict[str, Any]]:
    found = select(
        connection,
        "SELECT payload FROM fo.event WHERE topic = 'ops'"
        " AND payload ->> 'kind' = 'source' ORDER BY id",
    )
    return [row["payload"] for row in found]


def test_what_a_source_sends_is_stored_with_its_name_and_terms(
    market: psycopg.Connection, drive: Drive
) -> None:
    add(market, "ticks")
    drive(ticks=Source("BTC"))
    wait_for(lambda: prices(market) == {10.0})
    assert sources(market) == ["ticks"]
    wait_for(lambda: feed(market, "ticks")["state"] == "live")
    row = wait_for(lambda: found if (found := feed(market, "ticks"))["lag"] else None)
    assert 0.2 < row["lag"].total_seconds() < 0.3
    assert row["failure"] is None
    wait_for(
        lambda: value(
            market, "SELECT count(*) FROM fo.contract_terms WHERE symbol = 'BTC'"
        )
    )
    stored = "SELECT DISTINCT lot, source FROM fo.contract_terms WHERE symbol = 'BTC'"
    wait_for(lambda: select(market, stored) == [{"lot": 75, "source": "feed ticks"}])
    [event] = events(market)
    assert (event["source"], event["symbol"], event["before"]) == ("ticks", "BTC", None)


def test_snapshots_of_the_time_that_the_database_was_slow_are_stored(
    dsn: str, market: psycopg.Connection, drive: Drive
) -> None:
    add(market, "ticks")
    source = Source("BTC")
    drive(ticks=source)
    wait_for(lambda: prices(market) == {10.0})
    with psycopg.connect(dsn) as slow:
        slow.execute("SELECT FROM fo.instrument WHERE symbol = 'BTC' FOR UPDATE")
        begins = value(market, "SELECT clock_timestamp()")
        enough = source.ticks + 100  # of 0.02 s each
        wait_for(lambda: source.ticks >= enough)
        ends = value(market, "SELECT clock_timestamp()")
    later = "SELECT count(*) FROM fo.option_quote WHERE quote_time > %s"
    wait_for(lambda: value(market, later, ends))
    meanwhile = (
        "SELECT count(DISTINCT quote_time) FROM fo.option_quote"
        " WHERE quote_time BETWEEN %s AND %s"
    )
    cells = (ends - begins).total_seconds() / QUICK.grid
    assert value(market, meanwhile, begins, ends) > cells / 2


def test_failure_is_noted_word_for_word_and_the_feed_connected_anew(
    market: psycopg.Connection, drive: Drive
) -> None:
    source = Source("BTC")
    source.error = FeedError("the source sent half a message")
    add(market, "ticks")
    drive(ticks=source)
    wait_for(lambda: source.connections >= 3)
    wait_for(
        lambda: feed(market, "ticks")["failure"] == "the source sent half a message"
    )
    source.error = None
    wait_for(lambda: prices(market) == {10.0})
    wait_for(lambda: feed(market, "ticks")["reconnects"] >= 2)  # the third may last


def test_failure_that_could_not_be_noted_is_noted_later(
    market: psycopg.Connection, drive: Drive, caplog: pytest.LogCaptureFixture
) -> None:
    def unnoted() -> int:
        return caplog.text.count("feeds are not noted for now")

    source = Source("BTC")
    add(market, "ticks")
    runner = drive(ticks=source)
    wait_for(lambda: prices(market) == {10.0})
    market.execute("ALTER TABLE job.feed_symbol RENAME TO away")
    source.error = FeedError("half a message")
    wait_for(lambda: source.connections >= 2)
    source.error = None
    connection = runner.driven["ticks"].connection
    wait_for(lambda: connection.state == "live")
    before = unnoted()
    wait_for(lambda: unnoted() >= before + 2)  # one began after the failure
    market.execute("ALTER TABLE job.away RENAME TO feed_symbol")
    wait_for(lambda: feed(market, "ticks")["failure"] == "half a message")


def test_refusals_end_the_tries_until_the_row_changes(
    market: psycopg.Connection, drive: Drive
) -> None:
    source = Source("BTC")
    source.refusal = RefusedError("the token is over; set KITE_TOKEN to that of today")
    add(market, "ticks")
    drive(ticks=source)
    wait_for(lambda: feed(market, "ticks")["state"] == "refused")
    assert feed(market, "ticks")["failure"].startswith("the token is over")
    assert source.connections == QUICK.refusals
    source.refusal = None
    market.execute("SELECT ops.switch_feed('ticks', TRUE)")
    wait_for(lambda: prices(market) == {10.0})


def test_new_secret_ends_the_rest_of_a_refused_feed(
    market: psycopg.Connection, dsn: str
) -> None:
    source, secrets = Source("BTC"), {"TOKEN": "of yesterday"}
    source.token = "of today"
    world = outside(ticks=source)._replace(secret=secrets.__getitem__)
    add(market, "ticks")
    with feeding(dsn, settings(), world, QUICK):
        wait_for(lambda: feed(market, "ticks")["state"] == "refused")
        assert source.connections == QUICK.refusals
        secrets["TOKEN"] = "of today"
        wait_for(lambda: prices(market) == {10.0})


def test_refused_feed_is_tried_once_more_now_and_then(
    market: psycopg.Connection, drive: Drive
) -> None:
    source = Source("BTC")
    source.refusal = RefusedError("no")
    add(market, "ticks")
    drive(QUICK._replace(refused=0.2), ticks=source)
    wait_for(lambda: source.connections >= QUICK.refusals + 2)
    wait_for(lambda: feed(market, "ticks")["state"] == "refused")
    source.refusal = None
    wait_for(lambda: prices(market) == {10.0})


def test_standby_takes_over_when_the_first_is_silent_and_gives_back_when_it_is_steady(
    market: psycopg.Connection, drive: Drive
) -> None:
    first, second = Source("BTC"), Source("BTC")
    second.price = 20.0
    add(market, "first", 1)
    add(market, "second", 2)
    second.is_silent = True
    drive(first=first, second=second)
    wait_for(lambda: prices(market) == {10.0})
    second.is_silent, first.is_silent = False, True
    wait_for(lambda: prices(market) == {10.0, 20.0})
    assert sources(market) == ["first", "second"]
    first.is_silent = False
    wait_for(lambda: feed(market, "first")["state"] == "live")
    market.execute(
        "UPDATE job.feed_symbol SET steady_since = steady_since - interval '1 minute'"
        " WHERE feed = 'first'"
    )
    wait_for(lambda: sources(market) == ["first", "second", "first"])
    told = events(market)
    assert [each["source"] for each in told] == ["first", "second", "first"]
    assert told[1]["reason"].startswith("first is silent for")
    assert told[2]["reason"] == "it stands before second and is steady for a minute"
    mixed = (
        "SELECT count(*) FROM fo.option_quote AS quote CROSS JOIN LATERAL ("
        " SELECT source FROM fo.quote_source AS own WHERE own.since <= quote.quote_time"
        " ORDER BY own.since DESC LIMIT 1) AS of"
        " WHERE quote.call_ltp <> CASE of.source WHEN 'first' THEN 10 ELSE 20 END"
    )
    assert value(market, mixed) == 0


def test_standby_whose_volume_is_behind_waits(
    market: psycopg.Connection, drive: Drive
) -> None:
    first, second = Source("BTC"), Source("BTC")
    first.volume, second.volume, second.price = 1000, 999, 20.0
    add(market, "first", 1)
    add(market, "second", 2)
    second.is_silent = True
    drive(first=first, second=second)
    wait_for(lambda: prices(market) == {10.0})
    second.is_silent, first.is_silent = False, True
    wait_for(lambda: feed(market, "first")["state"] == "silent")
    wait_for(lambda: first.connections >= 2)  # the watchdog
    assert sources(market) == ["first"]
    second.volume = 1000
    wait_for(lambda: sources(market) == ["first", "second"])


def test_feed_is_ended_when_it_is_turned_off_or_removed(
    market: psycopg.Connection, drive: Drive
) -> None:
    add(market, "ticks")
    runner = drive(ticks=Source("BTC"))
    wait_for(lambda: "ticks" in runner.driven)
    market.execute("SELECT ops.switch_feed('ticks', FALSE)")
    wait_for(lambda: not runner.driven)
    assert feed(market, "ticks")["state"] == "stopped"
    market.execute("SELECT ops.switch_feed('ticks', TRUE)")
    wait_for(lambda: "ticks" in runner.driven)
    market.execute("SELECT ops.remove_feed('ticks')")
    wait_for(lambda: not runner.driven)


def test_end_of_the_runner_ends_its_connections(
    market: psycopg.Connection, dsn: str
) -> None:
    source = Source("BTC")
    add(market, "ticks")
    with feeding(dsn, settings(), outside(ticks=source), QUICK) as runner:
        wait_for(lambda: prices(market) == {10.0})
    assert runner._loop.is_closed()
    assert source.connections == 1


def test_one_of_several_processes_drives_a_feed_and_another_takes_over(
    market: psycopg.Connection, drive: Drive
) -> None:
    one, other = Source("BTC"), Source("BTC")
    add(market, "ticks")
    first = drive(ticks=one)
    wait_for(lambda: "ticks" in first.driven)
    second = drive(ticks=other)
    wait_for(lambda: prices(market) == {10.0})
    assert not second.driven
    first.stop.set()
    wait_for(lambda: "ticks" in second.driven)
    assert feed(market, "ticks")["attempt"] == 2


def test_feed_goes_on_when_its_sessions_were_ended(
    market: psycopg.Connection, drive: Drive
) -> None:
    add(market, "ticks")
    source = Source("BTC")
    drive(ticks=source)
    wait_for(lambda: prices(market) == {10.0})
    market.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'pgstrike %' AND datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    source.price = 30.0
    wait_for(lambda: 30.0 in prices(market))


def test_kind_that_is_not_installed_is_said(
    market: psycopg.Connection, drive: Drive
) -> None:
    add(market, "nothing")
    drive()
    wait_for(
        lambda: (
            feed(market, "nothing")["failure"] == "there is no kind of feed 'nothing'"
        )
    )
