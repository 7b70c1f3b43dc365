"""ops.list_chains and the feeds: what cannot be right is rejected, and said why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from tests.support.calls import STRIKE, call, column
from tests.support.quote_market import (
    EXPIRY,
    MONDAY,
    Quote,
    add,
    batch_of,
    select,
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": "ACME"}, "unknown_symbol"),
        ({"time": "15:30:01", "day": EXPIRY}, "expired"),
        ({"day": date(2025, 6, 2)}, "too_old"),
    ],
)
def test_what_cannot_be_right_is_rejected(
    store: Store, connection: psycopg.Connection, changes: dict[str, Any], reason: str
) -> None:
    """With the row as it came, and no other row with it."""
    add(store, call("10:00:00", 100))
    wrong = call("10:01:00", 110)._replace(**changes)
    stored, rejects = store.add(batch_of([wrong, call("10:02:00", 120)]))
    assert stored.stored == 1
    assert [(reject.reason, reject.row) for reject in rejects] == [(reason, str(wrong))]
    assert select(connection, "SELECT reason, row FROM fo.quote_reject") == [
        {"reason": reason, "row": str(wrong)}
    ]
    assert column(connection, "call_volume") == [100, 120]


def test_contract_lives_until_the_close_of_its_expiry_day(store: Store) -> None:
    assert add(store, call("15:30:00")._replace(day=EXPIRY)).stored == 1


def test_quote_of_a_year_to_come_does_not_move_the_clock(store: Store) -> None:
    """A year that was mistyped; all that is right would be too old after it."""
    assert add(store, call("10:00:00")).stored == 1
    far = call("10:01:00")._replace(
        day=MONDAY.replace(year=9025), expiry=EXPIRY.replace(year=9025)
    )
    _, rejects = store.add(batch_of([far]))
    assert [reject.reason for reject in rejects] == ["ahead_of_clock"]
    assert add(store, call("10:02:00")).stored == 1


def test_live_quote_ahead_of_the_wall_clock_is_rejected(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as own:
        live = Store(
            own, source="test", rate=0.065, horizon=timedelta(days=30), is_live=True
        )
        now = datetime.now(UTC) + timedelta(hours=5, minutes=30)
        times = [now + timedelta(seconds=seconds) for seconds in (30, 300)]
        soon, late = (
            Quote(f"{time:%H:%M:%S}", STRIKE, day=time.date(), expiry=date(2099, 1, 1))
            for time in times
        )
        stored, rejects = live.add(batch_of([soon, late]))
    assert stored.stored == 1
    assert [(reject.reason, reject.row) for reject in rejects] == [
        ("ahead_of_clock", str(late))
    ]
