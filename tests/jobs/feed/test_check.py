"""The checks that every feed's quotes pass."""

import numpy as np
import pytest

from pgstrike.jobs.feed.check import check, forget_impossible
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


@pytest.mark.parametrize("figure", [-0.1, -999, 5.01, 250])
@pytest.mark.parametrize("leg", ["call", "put"])
def test_impossible_iv_is_unknown_and_nothing_else(leg: str, figure: float) -> None:
    batch = quotes(**{f"{leg}_iv": figure, f"{leg}_theta": -9, f"{leg}_ltp": 5})
    assert check(batch) is batch
    assert forget_impossible(batch.rows) == {"impossible_iv": 1}
    row = batch.rows[1]
    assert np.isnan(row[f"{leg}_iv"])
    assert (row[f"{leg}_theta"], row[f"{leg}_ltp"]) == (-9, 5)


@pytest.mark.parametrize(
    ("field", "figure"),
    [
        ("call_delta", -0.01),
        ("call_delta", 1.01),
        ("put_delta", 0.01),
        ("put_delta", -1.01),
        ("call_gamma", -1e-9),
        ("put_vega", -999),
    ],
)
def test_impossible_greek_takes_all_of_its_leg_along(field: str, figure: float) -> None:
    leg, _, _ = field.partition("_")
    sound = {
        f"{other}_{name}": -0.5 if name == "delta" and other == "put" else 0.5
        for other in ("call", "put")
        for name in ("delta", "gamma", "theta", "vega", "iv")
    }
    batch = quotes(**{**sound, field: figure})
    assert forget_impossible(batch.rows) == {"impossible_greeks": 1}
    for name in sound:
        is_lost = name.startswith(leg) and not name.endswith("_iv")
        assert np.isnan(batch.rows[name][1]) == is_lost, name


@pytest.mark.parametrize(
    ("field", "figure"),
    [
        ("call_iv", 5),
        ("put_iv", 0),
        ("call_delta", 0),
        ("call_delta", 1),
        ("put_delta", -1),
        ("put_delta", 0),
        ("put_gamma", 0),
        ("call_vega", 0),
        ("put_theta", -999),
        ("call_theta", 2),
    ],
)
def test_figure_at_its_bound_is_possible(field: str, figure: float) -> None:
    batch = quotes(**{field: figure})
    assert forget_impossible(batch.rows) == {}
    assert batch.rows[field][1] == figure
