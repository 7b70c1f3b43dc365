"""The checks that every feed's quotes pass."""

import numpy as np
import pytest

from pgstrike.jobs.feed.check import check
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch, Reject, unknown_quotes

NAN, INF = float("nan"), float("inf")


def quotes(**fields: float) -> QuoteBatch:
    """Three rows, the second of which has these figures."""
    rows = unknown_quotes(3)
    rows["quote_time"], rows["expiry"], rows["strike"] = 0, 7, 100
    for name, figure in fields.items():
        rows[name][1] = figure
    earlier = [Reject("malformed", "it was", "zero")]
    return QuoteBatch(rows, ("NIFTY",), ("one", "two", "three"), earlier)


@pytest.mark.parametrize(
    ("field", "figure", "reason"),
    [
        ("strike", NAN, "bad_strike"),
        ("strike", 0, "bad_strike"),
        ("strike", -100, "bad_strike"),
        ("strike", INF, "not_a_number"),
        ("underlying", -1, "negative"),
        ("call_ltp", -0.05, "negative"),
        ("put_iv", -0.1, "negative"),
        ("call_ask", INF, "not_a_number"),
        ("put_bid", -INF, "not_a_number"),
        ("put_vega", INF, "not_a_number"),
        ("call_oi", -1, "negative"),
        ("put_volume", -75, "negative"),
        ("put_bid_qty", UNKNOWN + 1, "negative"),
        ("put_bid", 1e-13, "out_of_range"),
        ("call_ltp", 1e13, "out_of_range"),
        ("call_oi", 10**14 + 1, "out_of_range"),
        ("expiry", 40 * 366, "out_of_range"),
    ],
)
def test_impossible_figure_is_rejected(field: str, figure: float, reason: str) -> None:
    batch = check(quotes(**{field: figure}))
    assert (len(batch.rows), list(batch.raw)) == (2, ["one", "three"])
    before, reject = batch.rejects
    assert before.reason == "malformed"
    assert (reject.reason, reject.row) == (reason, "two")
    assert reject.detail.startswith(f"{field} is ")


@pytest.mark.parametrize(
    ("field", "figure"),
    [
        ("put_delta", -0.5),
        ("call_theta", -9),
        ("call_gamma", 0),
        ("call_iv", 250),
        ("call_oi", 0),
        ("put_bid", 0),
        ("put_ask", 1e-12),
        ("call_gamma", 5e-324),
        ("put_volume", 10**14),
        ("expiry", 30 * 365),
    ],
)
def test_possible_figure_is_let_through(field: str, figure: float) -> None:
    batch = quotes(**{field: figure})
    assert check(batch) is batch


def test_row_with_two_faults_is_rejected_once() -> None:
    batch = check(quotes(call_ltp=-1, put_oi=-1))
    assert [reject.row for reject in batch.rejects] == ["zero", "two"]


def test_rejects_keep_the_order_of_rows() -> None:
    batch = quotes()
    batch.rows["put_oi"][0] = -1
    batch.rows["call_ltp"][2] = np.inf
    assert [reject.row for reject in check(batch).rejects] == ["zero", "one", "three"]
