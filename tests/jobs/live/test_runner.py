"""Feeds that are driven: stored, replaced by one another, and ended."""

import psycopg

from pgstrike.jobs.live.runner import feeding
from tests.support.driven_feeds import (
    QUICK,
    Drive,
    add,
    events,
    feed,
    prices,
    sources,
)
from tests.support.live_feeds import Source, outside
from tests.support.quote_market import select, value
from tests.support.scheduled import wait_for
from tests.support.tasks import settings


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
