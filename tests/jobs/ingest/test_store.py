"""jobs.ingest.store: a batch is stored whole or not at all, and what is said of its rows.

What becomes of the rows in the database, tests/sql/test_*batch*.py say.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from pgstrike.db.queries import query
from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.ingest import store as module
from pgstrike.jobs.ingest.calendar import load_calendar
from pgstrike.jobs.ingest.price_batch import chain_terms
from pgstrike.jobs.ingest.store import Store, years_of
from pgstrike.jobs.quote import QUOTE
from tests.support.calls import STRIKE, call
from tests.support.quote_market import Quote, add, batch_of, ladder, select, value

UNKNOWN = call("10:00:00")._replace(symbol="ACME")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each query was asked for."""
    found: Counter[str] = Counter()

    def counted(name: str) -> bytes:
        found[name] += 1
        return query(name)

    monkeypatch.setattr(module, "query", counted)
    return found


@pytest.fixture
def open_store(dsn: str) -> Iterator[Callable[..., Store]]:
    with psycopg.connect(dsn, autocommit=True) as own:
        yield lambda **options: Store(
            own, source="test", rate=0.065, horizon=timedelta(days=60), **options
        )


def test_batch_that_cannot_be_stored_leaves_nothing(
    open_store: Callable[..., Store],
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = open_store()

    def fail(*_: Any) -> Any:
        raise RuntimeError("while it is priced")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(module, "price_batch", fail)
        store.add(batch_of([call("10:00:00", 100), UNKNOWN]))
    assert value(connection, "SELECT count(*) FROM fo.quote_reject") == 0
    assert add(store, call("10:01:00", 110)).stored == 1


def test_reject_has_its_own_symbol_and_is_kept(
    open_store: Callable[..., Store], connection: psycopg.Connection
) -> None:
    _, rejects = open_store().add(
        batch_of([UNKNOWN, call("10:00:00"), UNKNOWN._replace(symbol="ZETA")])
    )
    assert [reject.symbol for reject in rejects] == ["ACME", "ZETA"]
    kept = select(connection, "SELECT symbol, row FROM fo.quote_reject ORDER BY symbol")
    assert kept == [{"symbol": reject.symbol, "row": reject.row} for reject in rejects]


def test_old_rejects_are_pruned_at_first_and_each_time_many_were_added(
    open_store: Callable[..., Store],
    asked: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PRUNE_REJECTS", 3)
    store, pruned = open_store(), []
    for quotes in ([call("10:00:00")], *([[UNKNOWN]] * 7)):
        store.add(batch_of(quotes))
        pruned.append(asked["prune_rejects"])
    assert pruned == [0, 1, 1, 1, 2, 2, 2, 3]


def test_clock_that_is_wrong_is_said_once_a_minute(
    open_store: Callable[..., Store],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, said = open_store(is_live=True), []
    later = datetime.now(UTC) + timedelta(hours=5, minutes=30, seconds=300)
    ahead = Quote(
        f"{later:%H:%M:%S}", STRIKE, day=later.date(), expiry=date(2099, 1, 1)
    )
    for now in (1000.0, 1059.0, 1061.0):
        monkeypatch.setattr(module, "monotonic", lambda now=now: now)
        _, rejects = store.add(batch_of([ahead, UNKNOWN]))
        assert {reject.reason for reject in rejects} == {
            "ahead_of_clock",
            "unknown_symbol",
        }
        said.append(len(caplog.messages))
    assert said == [1, 1, 2] and caplog.messages[0].startswith("1 rows are ahead")


def test_symbols_are_declared_once_and_what_is_none_is_rejected(
    open_store: Callable[..., Store],
    asked: Counter[str],
    connection: psycopg.Connection,
) -> None:
    store = open_store(declares=True)
    wrong = UNKNOWN._replace(symbol="no symbol\n")
    for _ in range(2):
        _, rejects = store.add(batch_of([UNKNOWN, wrong]))
        assert [reject.reason for reject in rejects] == ["unknown_symbol"]
    assert asked["add_instrument"] == 2
    assert value(connection, "SELECT count(*) FROM fo.instrument WHERE symbol = 'ACME'")


def test_calendar_of_the_batch_is_there_before_its_first_quote(
    open_store: Callable[..., Store],
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once for each symbol and year."""
    loaded: list[tuple[set[str], list[int]]] = []

    def load(own: psycopg.Connection, symbols: set[str], years: list[int]) -> set[str]:
        loaded.append((symbols, years))
        return load_calendar(own, symbols, years)

    monkeypatch.setattr(module, "load_calendar", load)
    store = open_store()
    for _ in range(2):
        add(store, call("10:00:00"))
    assert loaded == [({"NIFTY"}, [2025])]
    years = "SELECT array_agg(DISTINCT extract(YEAR FROM session)::int) FROM fo.session"
    assert value(connection, years) == [2025]


def test_row_is_priced_beside_one_that_dropped_out(
    open_store: Callable[..., Store], connection: psycopg.Connection
) -> None:
    store = open_store()
    first, *rest = ladder("10:00:00", 24_610.0)
    add(store, first, *rest)
    fallen = first._replace(call={"ltp": 50.0, "volume": 0, "oi": 0}, time="10:01:00")
    add(store, *(quote._replace(time="10:01:00") for quote in rest), fallen)
    rows = select(
        connection,
        "SELECT strike, call_dropout, call_iv, put_iv FROM fo.option_quote"
        " WHERE quote_time = (SELECT max(quote_time) FROM fo.option_quote)"
        " ORDER BY strike",
    )
    assert [row["call_dropout"] for row in rows] == [True, *[False] * 4]
    assert [row["call_iv"] for row in rows[1:]] == [0.11] * 4
    assert [row["put_iv"] for row in rows] == [0.12] * 5


def rows_of(*keys: tuple[int, int, int]) -> np.ndarray[Any, Any]:
    rows = np.zeros(len(keys), QUOTE)
    rows["symbol"], rows["quote_time"], rows["expiry"] = zip(*keys, strict=True)
    return rows


def test_each_row_has_the_figures_of_its_chain() -> None:
    one, other, unknown = (0, 10, 5), (1, 10, 5), (0, 11, 5)
    rows = rows_of(one, one, other, unknown, one)
    terms = chain_terms(rows, {one: (100.0, 0.1, 0.05), other: (200.0, 0.2, 0.01)})
    np.testing.assert_array_equal(terms.forward, [100, 100, 200, np.nan, 100])
    np.testing.assert_array_equal(terms.years, [0.1, 0.1, 0.2, np.nan, 0.1])
    np.testing.assert_array_equal(terms.tick, [0.05, 0.05, 0.01, np.nan, 0.05])
    assert [len(figures) for figures in chain_terms(rows[:0], {})] == [0, 0, 0]


@pytest.mark.parametrize(
    ("times", "years"),
    [
        ([], set()),
        (["2025-06-01T00:00"], {2025}),
        (["2025-01-01T03:00"], {2024, 2025}),
        (["2025-12-31T20:00"], {2025, 2026}),
        (["2026-06-01T00:00", "2024-06-01T00:00"], {2024, 2026}),
        (["0001-01-02T00:00", "2024-06-01T00:00", "9999-12-30T00:00"], {2024}),
    ],
)
def test_years_of_some_times(times: list[str], years: set[int]) -> None:
    """At new year the exchange may be in another one than UTC."""
    instants = [
        microseconds(datetime.fromisoformat(time).replace(tzinfo=UTC)) for time in times
    ]
    assert years_of(np.array(instants, np.int64)) == years
