"""Any table by a column map: cells, lots, legs, and what is refused."""

import io
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.batches import SymbolCodes
from pgstrike.jobs.feed.column_map import column_map
from pgstrike.jobs.feed.facts import NO_FACTS, Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.lots import Given, lots_of_feed
from pgstrike.jobs.feed.mapped_csv import read_mapped_csv
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.quote import QuoteBatch
from tests.support.feeds import joined, leg, utc

READ_AT = utc("2026-04-21T06:30:00")
SAID = Facts("NIFTY", 9_613, READ_AT)

BY_STRIKE = {
    "columns": {
        "strike": "K",
        "call_ltp": "C",
        "call_oi": "COI",
        "call_oi_change": "CCH",
        "put_iv": "PIV",
    },
    "iv": "percent",
}
HEADER = "K,C,COI,CCH,PIV"

BY_LEG = {
    "columns": {
        "quote_time": "ts",
        "symbol": "sym",
        "expiry": "exp",
        "strike": "K",
        "side": "type",
        "ltp": "ltp",
        "oi": "oi",
        "volume": "vol",
    },
    "units": {"volume": "lots"},
}
LEG_HEADER = "ts,sym,exp,K,type,ltp,oi,vol"


def read(
    by: dict[str, object], *lines: str, facts: Facts = NO_FACTS, lots: Given = 65
) -> QuoteBatch:
    """What the reader makes of a CSV by a map."""
    stream = io.BytesIO("\n".join(lines).encode())
    codes, said = SymbolCodes(), column_map(by)
    return joined(
        read_mapped_csv(stream, said, facts, lots_of_feed(lots), codes, chunk_rows=3)
    )


@pytest.mark.parametrize(
    ("cell", "oi"),
    [
        ("1254", 1254),
        ('"1,254"', 1254),
        ('"12,34,567"', 1234567),
        ("\xa01254 ", 1254),
        ("1254.0", 1254),
        ("-", None),
        ("\u2013", None),
        ("", None),
        ("NaN", None),
        ("N/A", None),
        ("0", 0),
    ],
)
def test_cell_is_read_as_it_is_meant(cell: str, oi: int | None) -> None:
    batch = read(BY_STRIKE, HEADER, f"24000,5.5,{cell},,14.2%", facts=SAID)
    assert leg(batch, "call")["oi"] == oi
    assert leg(batch, "put")["iv"] == 0.142


@pytest.mark.parametrize("cell", ["abc", '"1,2,3"', "1_000", "1 2", "0x1"])
def test_cell_that_is_no_number_rejects_its_row(cell: str) -> None:
    batch = read(BY_STRIKE, HEADER, f"1,1,{cell},,1", "2,1,2,,1", facts=SAID)
    assert batch.rows["strike"].tolist() == [2]
    [reject] = batch.rejects
    assert (reject.reason, reject.row) == ("malformed", f"1,1,{cell},,1")


def test_oi_of_before_is_oi_less_its_change() -> None:
    rows = ["1,1,100,-20,", "2,1,100,120,", "3,1,100,-,", "4,1,-,5,"]
    batch = read(BY_STRIKE, HEADER, *rows, facts=SAID)
    before = [leg(batch, "call", row)["prev_oi"] for row in range(4)]
    assert before == [120, None, None, None]


def test_footers_and_repeated_headers_are_passed_over_and_counted() -> None:
    lines = ["1,1,1,,1", HEADER, "Total,,2,,", "Figures of the exchange", ",,,,"]
    stream = io.BytesIO("\n".join([HEADER, *lines]).encode())
    codes, said = SymbolCodes(), column_map(BY_STRIKE)
    [batch] = read_mapped_csv(stream, said, SAID, lots_of_feed(65), codes)
    assert (len(batch.rows), batch.rejects) == (1, [])
    assert batch.forgotten == {"no_strike": 4}


def test_hard_blank_of_windows_is_a_blank() -> None:
    stream = io.BytesIO(f"{HEADER}\n1,\xa05.5,\xa0100,,\n".encode("cp1252"))
    codes, said = SymbolCodes(), column_map(BY_STRIKE)
    [batch] = read_mapped_csv(stream, said, SAID, lots_of_feed(65), codes)
    assert leg(batch, "call")["oi"] == 100


def test_row_with_a_strike_and_too_few_cells_is_rejected() -> None:
    [reject] = read(BY_STRIKE, HEADER, "1,1", "2,1,1,,1", facts=SAID).rejects
    assert reject.detail == "2 cells instead of 5"


def test_legs_in_rows_of_their_own_become_one_quote() -> None:
    batch = read(
        BY_LEG,
        LEG_HEADER,
        "2026-04-21 12:00:00,NIFTY,28-Apr-2026,24000,CE,5.5,100,2",
        "2026-04-21 12:00:00,NIFTY,28-Apr-2026,24000,pe,6.5,200,3",
        "2026-04-21 12:00:00,NIFTY,28-Apr-2026,24100,Put,7.5,300,4",
        "2026-04-21 12:01:00,NIFTY,28-Apr-2026,24000,CE,8.5,100,2",
        "2026-04-21 12:01:00,NIFTY,28-Apr-2026,24000,XX,8.5,100,2",
    )
    assert batch.rows["strike"].tolist() == [24000, 24100, 24000]
    assert batch.rows["quote_time"].tolist()[::2] == [READ_AT, READ_AT + 60_000_000]
    call, put = leg(batch, "call"), leg(batch, "put")
    assert (call["ltp"], call["oi"], call["volume"]) == (5.5, 100, 130)
    assert (put["ltp"], put["oi"], put["volume"]) == (6.5, 200, 195)
    assert set(leg(batch, "call", 1).values()) == {None}
    [reject] = batch.rejects
    assert reject.detail == "neither call nor put: 'XX'"


def test_lot_that_is_not_known_rejects_what_needs_it() -> None:
    row = "2026-04-21 12:00:00,NIFTY,28-Apr-2026,24000,CE,5.5,100,2"
    [reject] = read(BY_LEG, LEG_HEADER, row, lots={"BANKNIFTY": 1}).rejects
    assert reject.reason == "no_lot"


def test_map_that_counts_lots_wants_them_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LEG_HEADER)
    with pytest.raises(FeedError, match="--lot N"):
        FeedFile(str(path), {}, Facts(map=column_map(BY_LEG)))


@pytest.mark.parametrize(
    "time",
    [
        "2026-04-21T06:30:00Z",
        "2026-04-21 12:00:00",
        "21-Apr-2026 12:00:00",
        "21/04/2026 12:00",
        "20260421_120000",
        "1776753000",
        "1776753000000",
        "1776753000.0",
    ],
)
def test_time_is_read_in_the_forms_that_people_write(time: str) -> None:
    row = f"{time},NIFTY,28APR2026,24000,CE,5.5,100,2"
    batch = read(BY_LEG, LEG_HEADER, row)
    assert batch.rows["quote_time"].tolist() == [READ_AT]
    assert calendar_day(int(batch.rows["expiry"][0])).isoformat() == "2026-04-28"


def test_zone_and_forms_are_those_of_the_map() -> None:
    by = {
        **BY_LEG,
        "zone": "America/New_York",
        "times": {"quote_time": "%m/%d/%Y %I:%M %p", "expiry": "%y%m%d"},
    }
    batch = read(
        by, LEG_HEADER, "07/01/2026 10:00 AM,SPX,260717,5000,C,1,2,0", lots=100
    )
    assert batch.rows["quote_time"].tolist() == [utc("2026-07-01T14:00:00")]
    assert calendar_day(int(batch.rows["expiry"][0])).isoformat() == "2026-07-17"


@pytest.mark.parametrize("time", ["soon", "1", "-"])
def test_time_that_is_none_rejects_its_row(time: str) -> None:
    row = f"{time},NIFTY,28APR2026,24000,CE,5.5,100,2"
    assert read(BY_LEG, LEG_HEADER, row).rejects[0].reason == "malformed"


def test_contract_is_read_from_its_name() -> None:
    by = {
        "columns": {"quote_time": "t", "contract": "name", "ltp": "p"},
        "times": {
            "contract": {
                "pattern": r"(?P<symbol>[A-Z]+)(?P<expiry>\d{6})(?P<side>[CP])(?P<strike>\d+)"
            },
            "expiry": "%y%m%d",
        },
    }
    batch = read(by, "t,name,p", "2026-04-21 12:00,SPY260717C00450,5", "x,junk,1")
    [row] = batch.rows
    assert (batch.symbols, row["strike"]) == (("SPY",), 450)
    assert leg(batch, "call")["ltp"] == 5
    assert batch.rejects == []


def test_column_that_the_file_lacks_is_named() -> None:
    by = {"columns": {"strike": "K", "put_iv": "PIV"}}
    with pytest.raises(FeedError, match="a column 'PIV', and the file has 'K', 'X'"):
        read(by, "K,X", "1,2", facts=SAID)


def test_columns_of_one_name_are_told_by_place() -> None:
    by = {"columns": {"strike": 2, "call_oi": 1, "put_oi": 3}, "skip": 1}
    batch = read(by, "CALLS,,PUTS", "OI,STRIKE,OI", "1,24000,2", facts=SAID)
    assert (leg(batch, "call")["oi"], leg(batch, "put")["oi"]) == (1, 2)


def test_our_own_column_names_need_no_map(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(
        "quote_time,symbol,expiry,strike,call_ltp,call_oi,note\n"
        "2026-04-21 06:30:00+00,NIFTY,2026-04-28,24000,5.5,100,x\n"
        "2026-04-21 06:30:00,NIFTY,2026-04-28,24050,5.5,100,x\n"
    )
    batch = joined(FeedFile(str(path), {}).batches())
    assert leg(batch, "call")["oi"] == 100
    assert batch.rows["quote_time"].tolist() == [READ_AT]
    assert "without zone" in batch.rejects[0].detail
