"""Several `pgstrike run`, as on several machines: each feed is driven once, and taken over."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.quote_lines import QUOTES, quote_line, quote_row, write_still_file
from tests.support.quote_market import select
from tests.support.run_process import running
from tests.support.scheduled import wait_for

SYMBOLS = ("NIFTY", "BANKNIFTY", "FINNIFTY")


def add(connection: psycopg.Connection, folder: Path, symbol: str) -> None:
    connection.execute(
        "SELECT ops.set_feed(%s, 'folder', %s, %s::jsonb, 1, TRUE)",
        [
            symbol.lower(),
            [symbol],
            f'{{"path": "{folder}", "still": "0.1"}}',
        ],
    )


HOLDERS = """
    SELECT feed.name, feed.attempt, process.os_pid
    FROM job.feed AS feed
    INNER JOIN pg_stat_activity AS session ON session.pid = feed.holder
    INNER JOIN job.process AS process
    ON session.application_name LIKE '%%' || process.process
    ORDER BY feed.name
"""


@pytest.mark.one_engine
def test_each_feed_is_driven_once_and_taken_over(
    connection: psycopg.Connection, dsn: str, tmp_path: Path
) -> None:
    """Two processes; the one that holds feeds is killed, and no quote is lost or twice."""
    for symbol in SYMBOLS:
        (tmp_path / symbol).mkdir()
        write_still_file(tmp_path / symbol / "a.ndjson", quote_line(0, symbol))
        add(connection, tmp_path / symbol, symbol)
    with running(dsn) as one, running(dsn) as other:
        first = sorted((quote_row(0, symbol) for symbol in SYMBOLS), key=by_symbol)
        wait_for(lambda: select(connection, QUOTES) == first)
        before = select(connection, HOLDERS)
        assert [each["attempt"] for each in before] == [1] * len(SYMBOLS)
        pids = {each["os_pid"] for each in before}
        assert pids <= {one.pid, other.pid}
        killed = one if one.pid in pids else other
        killed.kill()
        for symbol in SYMBOLS:
            write_still_file(tmp_path / symbol / "b.ndjson", quote_line(1, symbol))
        second = sorted((quote_row(1, symbol) for symbol in SYMBOLS), key=by_symbol)
        wait_for(lambda: select(connection, QUOTES) == [*first, *second])
        left = other if killed is one else one
        after = select(connection, HOLDERS)
        assert [each["os_pid"] for each in after] == [left.pid] * len(SYMBOLS)
        assert max(each["attempt"] for each in after) == 2


def by_symbol(quote: dict[str, Any]) -> str:
    return str(quote["symbol"])
