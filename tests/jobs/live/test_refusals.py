"""Feeds that fail or are refused: noted word for word, and tried again or not."""

import psycopg
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import RefusedError
from pgstrike.jobs.live.runner import feeding
from tests.support.driven_feeds import (
    QUICK,
    Drive,
    add,
    feed,
    prices,
)
from tests.support.live_feeds import Source, outside
from tests.support.scheduled import wait_for
from tests.support.tasks import settings


def test_failure_is_noted_word_for_word_and_the_feed_connected_anew(
    market: psycopg.Connection, drive: Drive
) -> None:
    source = Source("BTC")
    source.error = FeedError("the source sent half a message")
    add(market, "ticks")
    drive(ticks=source)
    wait_for(lambda: source.connections >= 4)  # three have ended
    wait_for(
        lambda: feed(market, "ticks")["failure"] == "the source sent half a message"
    )
    source.error = None
    wait_for(lambda: prices(market) == {10.0})
    wait_for(lambda: feed(market, "ticks")["reconnects"] >= 3)


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
