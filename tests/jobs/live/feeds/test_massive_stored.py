"""Massive's chains in the database: OI of yesterday has no growth, and is refused in words."""

import psycopg

from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.ingest import instruments
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.live.feeds.massive import chain_of
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.massive import NOW_NS, READ_AT, massive_option
from tests.support.quote_market import refuses, select


def test_growth_of_oi_is_refused_and_volume_grows(
    store: Store, connection: psycopg.Connection
) -> None:
    instruments.add_symbol(connection, "AAPL", "XCBO")
    store.open(connection)
    for minute, volume in ((0, 12), (1, 15)):
        day = {"volume": volume, "last_updated": NOW_NS}
        rows = [
            massive_option(200, "call", day=day),
            massive_option(200, "put", day=day),
        ]
        batch = chain_of(rows, Facts("AAPL", None, READ_AT + minute * 60_000_000))
        _, rejects = store.add(batch)
        assert rejects == []
    refresh_all(connection)
    stored = select(
        connection,
        "SELECT call_oi, call_oi_growth, call_volume_growth, call_iv_status, call_delta "
        "FROM fo.option_quote ORDER BY quote_time",
    )
    assert [row["call_oi"] for row in stored] == [154_300] * 2
    assert [row["call_oi_growth"] for row in stored] == [None] * 2
    assert stored[1]["call_volume_growth"] == 300
    assert [row["call_delta"] for row in stored] == [0.5] * 2
    [kinds] = select(
        connection,
        "SELECT volume_kind, oi_kind, exercise_style FROM fo.instrument"
        " WHERE symbol = 'AAPL'",
    )
    assert kinds == {
        "volume_kind": "session",
        "oi_kind": "yesterday",
        "exercise_style": "american",
    }
    told = "SELECT symbol, exercise_style FROM analytics.market()"
    assert select(connection, told) == [
        {"symbol": "AAPL", "exercise_style": "american"}
    ]
    refuses(connection, "cumulative_oi", "no_oi_growth", "itself", symbol="AAPL")
