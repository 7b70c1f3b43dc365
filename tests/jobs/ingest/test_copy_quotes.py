"""Columns that are unknown throughout are not copied, and come out as unknown."""

import numpy as np

from pgstrike.jobs.ingest.copy_binary import PACKED_ROWS, copy_binary, read_binary
from pgstrike.jobs.ingest.copy_quotes import ALWAYS, known_columns
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import unknown_quotes
from tests.support.quote_market import Quote, add, select


def test_column_is_copied_where_one_figure_is_known() -> None:
    rows = unknown_quotes(3)
    assert known_columns(rows) == ALWAYS
    rows["put_oi"][1] = 0
    rows["call_ltp"][2] = 0.0
    assert {*known_columns(rows)} == {*ALWAYS, "put_oi", "call_ltp"}


def test_rows_are_packed_in_parts_without_a_seam() -> None:
    rows = unknown_quotes(2 * PACKED_ROWS + 1)
    rows["strike"] = np.arange(len(rows))
    numbers, read = read_binary(copy_binary(rows, 7), rows.dtype)
    assert np.array_equal(numbers, np.arange(7, 7 + len(rows)))
    assert read.tobytes() == rows.tobytes()


def test_what_is_not_copied_is_unknown(store: Store) -> None:
    add(store, Quote("10:00:00", 24_500, {"oi": 75}), Quote("10:00:00", 24_600))
    first, second = select(
        store.connection,
        "SELECT call_oi, call_ltp, call_bid_qty, call_prev_oi, put_oi, put_delta,"
        " underlying, fed_forward, exchange_time FROM fo.option_quote ORDER BY strike",
    )
    assert first == {**dict.fromkeys(first), "call_oi": 75}
    assert second == dict.fromkeys(second)
