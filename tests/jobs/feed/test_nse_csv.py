"""NSE's website CSV: what each cell becomes, and what becomes of wrong rows."""

import io

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import MAX_LINE
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import (
    CELLS,
    HEADER,
    csv_bytes,
    csv_row,
    joined,
    leg,
    only_reject,
    read_csv,
    utc,
)

NO_PRICE = {f"CALLS_{name}": "0.0" for name in ("LTP", "Bid_Price", "Ask_Price", "IV")}
NOTHING = {**NO_PRICE, "CALLS_OI": "0.0", "CALLS_Volume": "0", "CALLS_Bid_Qty": "0"}


def test_good_row_is_converted() -> None:
    batch = read_csv(csv_row())
    row = batch.rows[0]
    assert row["quote_time"] == utc("2025-08-29T04:05:13")
    assert row["exchange_time"] == utc("2025-08-29T04:04:05")
    assert (batch.symbols[row["symbol"]], row["strike"]) == ("NIFTY", 24650)
    assert leg(batch, "call") == {
        "ltp": 95.1,
        "bid": 94.9,
        "ask": 95.2,
        "iv": 0.125,
        "delta": None,
        "gamma": None,
        "theta": None,
        "vega": None,
        "bid_qty": 1500,
        "ask_qty": 900,
        "volume": 236_846 * 75,
        "oi": 69_124 * 75,
        "prev_oi": 69_134 * 75,
    }
    assert batch.raw[0] == csv_row()


@pytest.mark.parametrize(
    ("oi", "change", "before"),
    [("100", "-20", 120), ("0", "-20", 20), ("100", "-", None), ("-", "5", None)],
)
def test_oi_of_the_session_before_is_oi_less_its_change(
    oi: str, change: str, before: int | None
) -> None:
    row = csv_row({"CALLS_OI": oi, "CALLS_Chng_in_OI": change})
    found = leg(read_csv(row), "call")["prev_oi"]
    assert found == (None if before is None else before * 75)


def test_oi_of_before_is_unknown_where_it_would_be_negative() -> None:
    row = csv_row({"CALLS_OI": "10", "CALLS_Chng_in_OI": "20"})
    call = leg(read_csv(row), "call")
    assert (call["oi"], call["prev_oi"]) == (750, None)


def test_header_may_lack_the_change_of_oi() -> None:
    names = [name for name in CELLS if "Chng_in_OI" not in name]
    source = csv_bytes(",".join(CELLS[n] for n in names), header=",".join(names))
    batch = joined(read_nse_csv(io.BytesIO(source), 75))
    assert leg(batch, "put")["prev_oi"] is None
    assert leg(batch, "put")["oi"] == 69_124 * 75


def test_iv_that_is_impossible_is_unknown_and_counted() -> None:
    source = io.BytesIO(csv_bytes(csv_row({"PUTS_IV": "-1"}), csv_row()))
    [batch] = read_nse_csv(source, 75)
    assert (len(batch.rows), batch.rejects) == (2, [])
    assert batch.forgotten == {"impossible_iv": 1}


def test_fractional_lots_become_whole_units() -> None:
    row = csv_row({"Symbol": "BANKNIFTY", "CALLS_OI": "2589.714285"})
    assert leg(read_csv(row, lots=35), "call")["oi"] == 90_640


@pytest.mark.parametrize(("lots", "units"), [("0.5", 0), ("1.5", 2), ("2.5", 2)])
def test_halves_round_to_even(lots: str, units: int) -> None:
    assert leg(read_csv(csv_row({"CALLS_OI": lots}), lots=1), "call")["oi"] == units


def test_missing_leg_written_as_zeros_is_unknown() -> None:
    batch = read_csv(csv_row({**NOTHING, "CALLS_Ask_Qty": "75"}))
    assert set(leg(batch, "call").values()) == {None}
    assert leg(batch, "put")["oi"] == 69_124 * 75


@pytest.mark.parametrize("known", ["LTP", "Bid_Price", "Ask_Price", "OI", "Volume"])
def test_zeros_beside_something_known_are_zeros(known: str) -> None:
    call = leg(read_csv(csv_row({**NOTHING, f"CALLS_{known}": "2"})), "call")
    assert call["oi"] == (150 if known == "OI" else 0)
    assert call["volume"] == (150 if known == "Volume" else 0)


def test_zero_price_and_iv_are_unknown() -> None:
    call = leg(read_csv(csv_row({**NO_PRICE, "CALLS_LTP": "1.0"})), "call")
    assert (call["ltp"], call["bid"], call["ask"], call["iv"]) == (1, None, None, None)


def test_zero_quantity_is_unknown_without_its_price() -> None:
    zero = {"CALLS_Bid_Qty": "0", "CALLS_Bid_Price": "0", "CALLS_Ask_Qty": "0"}
    call = leg(read_csv(csv_row(zero)), "call")
    assert (call["bid_qty"], call["ask_qty"]) == (None, 0)


def test_drop_out_with_prices_is_passed_on() -> None:
    call = leg(read_csv(csv_row({"CALLS_OI": "0.0", "CALLS_Volume": "0"})), "call")
    assert (call["oi"], call["volume"], call["ltp"]) == (0, 0, 95.1)


@pytest.mark.parametrize("blank", ["", "-", " - "])
def test_blank_cell_is_unknown(blank: str) -> None:
    cells = {"CALLS_LTP": blank, "CALLS_OI": blank, "Fetch_Time": blank}
    batch = read_csv(csv_row(cells))
    assert (leg(batch, "call")["ltp"], leg(batch, "call")["oi"]) == (None, None)
    assert batch.rows["exchange_time"][0] == UNKNOWN
    assert batch.rejects == []


def test_columns_are_found_by_name() -> None:
    cells = {**CELLS, "More": "a,b"}
    names = sorted(cells)
    row = ",".join(f'"{cells[name]}"' for name in names)
    source = csv_bytes(row, header="\ufeff" + ",".join(names))
    batch = joined(read_nse_csv(io.BytesIO(source.replace(b"\n", b"\r\n")), 75))
    assert leg(batch, "put") == leg(read_csv(csv_row()), "put")


def test_missing_columns_are_named() -> None:
    header = HEADER.replace("CALLS_OI", "OI")
    with pytest.raises(
        FeedError, match="header lacks CALLS_OI; expected are"
    ) as raised:
        joined(read_nse_csv(io.BytesIO(csv_bytes(header=header)), 75))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("source", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n" * 99])
def test_no_header_is_an_error(source: bytes) -> None:
    with pytest.raises(FeedError):
        joined(read_nse_csv(io.BytesIO(source), 75))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"CALLS_LTP": "95.1,0"}, "malformed"),
        ({"CALLS_LTP": "abc"}, "malformed"),
        ({"CALLS_LTP": "1_000"}, "malformed"),
        ({"CALLS_LTP": '"open'}, "malformed"),
        ({"Fetch_Time": "yesterday"}, "malformed"),
        ({"Expiry_Date": "31-Feb-2025"}, "malformed"),
        ({"collection_timestamp": "2025829_93513"}, "malformed"),
        ({"collection_timestamp": ""}, "malformed"),
        ({"Symbol": ""}, "malformed"),
        ({"Symbol": "NIF\0TY"}, "malformed"),
        ({"CALLS_LTP": "NaN"}, "not_a_number"),
        ({"CALLS_LTP": "-inf"}, "not_a_number"),
        ({"CALLS_LTP": "1e400"}, "out_of_range"),
        ({"CALLS_OI": "1e18"}, "out_of_range"),
        ({"PUTS_Ask_Qty": str(2**63)}, "out_of_range"),
        ({"PUTS_LTP": "-1"}, "negative"),
        ({"PUTS_OI": "-1"}, "negative"),
        ({**NOTHING, "CALLS_Ask_Qty": "-75"}, "negative"),
        ({"Strike_Price": "0"}, "bad_strike"),
        ({"Strike_Price": "-"}, "bad_strike"),
        ({"Symbol": "SENSEX"}, "no_lot"),
        ({"Symbol": "N" * MAX_LINE}, "too_long"),
    ],
)
def test_bad_row_is_rejected_alone(cells: dict[str, str], reason: str) -> None:
    strikes = [str(24_000 + 50 * n) for n in range(9)]
    rows = [csv_row({"Strike_Price": strike}) for strike in strikes]
    batch = read_csv(*rows[:4], csv_row(cells), *rows[4:])
    assert batch.rows["strike"].tolist() == [float(strike) for strike in strikes]
    assert batch.raw == rows
    [reject] = batch.rejects
    assert reject.reason == reason
    assert reject.row == csv_row(cells).replace("\0", "\\x00")[: len(reject.row)]


@pytest.mark.parametrize("row", ["one", csv_row() + ",more", csv_row()[:-20]])
def test_wrong_number_of_cells_is_malformed(row: str) -> None:
    reject = only_reject(read_csv(row))
    assert (reject.reason, reject.row) == ("malformed", row)


def test_quotes_that_join_two_lines_reject_both() -> None:
    first, second = csv_row().split("NIFTY")
    batch = read_csv(csv_row(), first + '"NIFTY', '"' + second, csv_row())
    assert [reject.reason for reject in batch.rejects] == ["malformed", "malformed"]
    assert len(batch.rows) == 2


def test_line_that_is_not_utf8_is_rejected_with_its_bytes() -> None:
    rows = csv_bytes(csv_row(), csv_row({"Symbol": "N?"}), csv_row())
    source = io.BytesIO(rows.replace(b"N?", b"N\xff"))
    batch = joined(read_nse_csv(source, 75))
    assert len(batch.rows) == 2
    assert "NIFTY" in batch.raw[1]
    assert ",N\\xff," in batch.rejects[0].row


def test_one_lot_is_for_the_first_symbol_only() -> None:
    batch = read_csv(csv_row({"Symbol": "BANKNIFTY"}), csv_row(), lots=35)
    assert leg(batch, "call")["oi"] == 69_124 * 35
    [reject] = batch.rejects
    assert reject.reason == "no_lot"
    assert "--lot NIFTY=N" in reject.detail


def test_lots_are_taken_by_symbol() -> None:
    rows = csv_row({"Symbol": "BANKNIFTY"}), csv_row()
    batch = read_csv(*rows, lots={"NIFTY": 75, "BANKNIFTY": 35})
    assert [leg(batch, "put", row)["oi"] for row in (0, 1)] == [
        69_124 * 35,
        69_124 * 75,
    ]


def test_chunks_end_between_snapshots() -> None:
    times = [f"20250829_0935{second:02}" for second in (1, 1, 1, 2, 2, 3, 3, 3)]
    rows = [csv_row({"collection_timestamp": time}) for time in times]
    batches = list(read_nse_csv(io.BytesIO(csv_bytes(*rows)), 75, chunk_rows=4))
    seen = [set(batch.rows["quote_time"].tolist()) for batch in batches]
    assert len(set.union(*seen)) == sum(map(len, seen)) == 3
    assert [text for batch in batches for text in batch.raw] == rows
