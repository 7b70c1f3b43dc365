"""Feeds whose volume is no session total, or whose OI is yesterday's (volume_kind, oi_kind)."""

from itertools import permutations
from typing import Any

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.ingest.instruments import set_kinds
from pgstrike.jobs.ingest.rederive import judge_again
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.calls import STRIKE, call, column
from tests.support.quote_market import (
    EXPIRY,
    MONDAY,
    Quote,
    add,
    answers,
    ask,
    batch_of,
    ist,
    refuses,
    select,
    shown,
    value,
)

OTHER, YESTERDAY = Kinds(volume="other"), Kinds(oi="yesterday")
BOTH = Kinds("other", "yesterday")
KINDS = "SELECT volume_kind, oi_kind FROM fo.instrument WHERE symbol = 'NIFTY'"
# A volume that falls as hours leave it, to nothing in the end.
COURSE = (
    call("10:00:00", 900, oi=50, ltp=10),
    call("10:01:00", 700, oi=60, ltp=11),
    call("10:02:00", 800, oi=60, ltp=11),
    call("10:03:00", 0, ltp=12),
)


def feed(store: Store, kinds: Kinds, *quotes: Quote) -> list[str]:
    """Store quotes of a feed that says so; the reasons of those rejected."""
    _, rejects = store.add(batch_of(quotes)._replace(kinds=kinds))
    return [reject.reason for reject in rejects]


def set_to(connection: psycopg.Connection, kinds: Kinds) -> None:
    set_kinds(connection, "NIFTY", kinds)


def kinds_of(connection: psycopg.Connection) -> tuple[str, str]:
    [row] = connection.execute(KINDS).fetchall()
    return row[0], row[1]


def stored(connection: psycopg.Connection) -> list[dict[str, Any]]:
    return select(connection, "SELECT * FROM fo.option_quote ORDER BY quote_time")


@pytest.mark.parametrize("order", [*permutations(range(4))][::5])
def test_volume_that_is_no_total_may_fall(
    store: Store, connection: psycopg.Connection, order: tuple[int, ...]
) -> None:
    """Nothing is doubted and no leg drops out, whatever comes first; OI grows as ever."""
    for place in order:
        assert feed(store, OTHER, COURSE[place]) == []
    assert column(connection, "call_volume") == [900, 700, 800, 0]
    assert column(connection, "call_volume_growth") == [None] * 4
    assert column(connection, "call_oi_growth") == [0, 10, 0, None]
    assert column(connection, "call_ltp") == [10, 11, 11, 12]
    marked = "SELECT count(*) FROM fo.quote_dropout"
    assert value(connection, marked) == 0
    refresh_all(connection)
    bars = "SELECT call_volume, call_oi_change FROM fo.option_strike_bars_1d"
    assert connection.execute(bars).fetchall() == [(None, 10)]


def test_oi_of_yesterday_has_no_growth(
    store: Store, connection: psycopg.Connection
) -> None:
    feed(store, YESTERDAY, call("10:00:00", 100, oi=50))
    feed(store, YESTERDAY, call("10:02:00", 120, oi=60), call("10:01:00", 110, oi=50))
    assert column(connection, "call_oi") == [50, 50, 60]
    assert column(connection, "call_oi_growth") == [None] * 3
    assert column(connection, "call_volume_growth") == [100, 10, 10]
    refresh_all(connection)
    bars = "SELECT call_volume, call_oi, call_oi_change FROM fo.option_strike_bars_1d"
    assert connection.execute(bars).fetchall() == [(120, 60, None)]


def test_first_quotes_say_what_the_symbol_has(
    store: Store, connection: psycopg.Connection
) -> None:
    """A later feed that says nothing goes by it; one that says something else is rejected."""
    assert kinds_of(connection) == ("session", "now")
    assert feed(store, BOTH, call("10:00:00", 900, oi=50)) == []
    assert kinds_of(connection) == ("other", "yesterday")
    add(store, call("10:01:00", 700, oi=60))
    assert feed(store, Kinds("session"), call("10:02:00", 800)) == ["other_kind"]
    assert feed(store, Kinds(oi="now"), call("10:02:00", 800)) == ["other_kind"]
    assert kinds_of(connection) == ("other", "yesterday")
    assert column(connection, "call_volume") == [900, 700]
    assert column(connection, "call_volume_growth") == [None] * 2


def test_kind_that_is_set_later_is_as_if_known_from_the_start(
    store: Store, connection: psycopg.Connection, dsn: str
) -> None:
    """And back again; bars follow."""
    quotes = [*COURSE, call("10:00:00", 300, oi=9)._replace(day=MONDAY)]
    bars = "SELECT call_volume, call_oi_change FROM fo.option_strike_bars_1d"
    for quote in quotes:
        add(store, quote)
    refresh_all(connection)
    judged = stored(connection), connection.execute(bars).fetchall()
    assert column(connection, "call_volume") == [None, 700, 800, None, 300]
    set_to(connection, BOTH)
    assert judge_again(dsn) == 2
    refresh_all(connection)
    assert column(connection, "call_volume") == [900, 700, 800, 0, 300]
    assert column(connection, "call_volume_growth") == [None] * 5
    assert column(connection, "call_oi_growth") == [None] * 5
    assert connection.execute(bars).fetchall() == [(None, None)] * 2
    set_to(connection, Kinds("session", "now"))
    judge_again(dsn)
    refresh_all(connection)
    assert (stored(connection), connection.execute(bars).fetchall()) == judged


def test_what_is_set_as_it_is_changes_nothing(
    store: Store, connection: psycopg.Connection, dsn: str
) -> None:
    add(store, call("10:00:00", 100))
    set_to(connection, Kinds("session"))
    assert judge_again(dsn) == 0
    with pytest.raises(PgstrikeError, match="unknown symbol NIFTI"):
        set_kinds(connection, "NIFTI", OTHER)


REFUSED = [
    (OTHER, "no_volume_growth", "premium_flow", {}),
    (OTHER, "no_volume_growth", "moneyness_series", {"indicator": "volume"}),
    (OTHER, "no_volume_growth", "strike_distribution", {"indicator": "volume_growth"}),
    (
        OTHER,
        "no_volume_growth",
        "strike_distribution",
        {"indicator": "volume", "timeframe": "5min"},
    ),
    (YESTERDAY, "no_oi_growth", "cumulative_oi", {}),
    (YESTERDAY, "no_oi_growth", "signals", {}),
    (YESTERDAY, "no_oi_growth", "oi_change", {"over": "15 minutes"}),
    (YESTERDAY, "no_oi_growth", "moneyness_series", {"indicator": "oi_change"}),
    (YESTERDAY, "no_oi_growth", "strike_distribution", {"indicator": "oi_growth"}),
]


def test_what_growth_would_answer_is_refused_in_words(store: Store) -> None:
    connection = shown(store, *COURSE)
    for kinds, code, metric, arguments in REFUSED:
        ask(connection, metric, **arguments)  # an ordinary feed is answered
        set_to(connection, kinds)
        refuses(connection, metric, code, "itself", **arguments)
        set_to(connection, Kinds("session", "now"))


def test_what_needs_no_growth_is_answered(store: Store) -> None:
    feed(store, BOTH, *COURSE[:2])
    connection = shown(store)
    for metric in ("chain", "pcr", "volume_profile", "unusual_oi", "oi_series"):
        assert answers(connection, metric, "NIFTY"), metric
    for indicator in ("volume", "oi"):
        [row] = ask(connection, "strike_distribution", indicator=indicator)
        assert row["call"] == {"volume": 700, "oi": 60}[indicator]


def test_oi_of_yesterday_has_changed_since_the_session_before(store: Store) -> None:
    """But that change is not of the prices beside it."""
    connection = shown(
        store,
        call("15:00:00", 100, oi=50, ltp=10),
        call("10:00:00", 100, oi=70, ltp=12)._replace(day=MONDAY),
    )
    [row] = ask(connection, "oi_change")
    assert (row["call_oi_change"], row["call_buildup"]) == (20, "long_buildup")
    set_to(connection, YESTERDAY)
    [row] = ask(connection, "oi_change")
    assert (row["call_oi_change"], row["call_buildup"]) == (20, None)
    assert (row["expiry"], row["strike"], row["base_time"]) == (
        EXPIRY,
        STRIKE,
        ist("15:00:00"),
    )


def test_volume_that_is_no_total_does_not_doubt_a_closed_day(
    store: Store, connection: psycopg.Connection
) -> None:
    sunday = MONDAY.replace(month=8, day=31)
    for time, volume in (("10:00:00", 900), ("10:01:00", 700)):
        feed(store, OTHER, call(time, volume)._replace(day=sunday))
    assert value(connection, "SELECT count(*) FROM job.calendar_doubt") == 0
