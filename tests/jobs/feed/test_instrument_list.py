"""jobs.feed.instrument_list: Kite's and Upstox's lists, told apart by their content."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.instrument_list import Listed, list_of, read_list
from tests.support.feeds import DATA

KITE = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,"
    "lot_size,instrument_type,segment,exchange"
)
OPTION: dict[str, Any] = {
    "weekly": True,
    "segment": "NSE_FO",
    "name": "NIFTY",
    "exchange": "NSE",
    "expiry": 1769538599000,  # the last second of 27 January 2026 in IST
    "instrument_type": "CE",
    "underlying_symbol": "NIFTY",
    "instrument_key": "NSE_FO|1",
    "lot_size": 65,
    "tick_size": 5.0,
    "trading_symbol": "NIFTY 26000 CE 27 JAN 26",
    "strike_price": 26000.0,
}


def kite(*rows: str) -> bytes:
    return "\n".join([KITE, *rows, ""]).encode()


def upstox(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


NIFTY = Listed("NIFTY", "NSE", date(2026, 1, 27), 26000.0, 65, 0.05)


def test_kite_list_gives_strikes_once() -> None:
    found = list_of(
        kite(
            "1,1,NIFTY26JAN26000CE,NIFTY,0.0,2026-01-27,26000.0,0.05,65,CE,NFO-OPT,NFO",
            "2,1,NIFTY26JAN26000PE,NIFTY,0.0,2026-01-27,26000.0,0.05,65,PE,NFO-OPT,NFO",
            "3,1,NIFTY26JANFUT,NIFTY,0.0,2026-01-27,0.0,0.1,65,FUT,NFO-FUT,NFO",
            "4,1,INFY,INFOSYS,0.0,,0.0,0.05,1,EQ,NSE,NSE",
        )
    )
    assert found == ("kite", [NIFTY], 0)


@pytest.mark.parametrize(
    ("trading", "strike", "symbol"),
    [
        ("BANKNIFTY18JAN23500CE", "23500.0", "BANKNIFTY"),
        ("NIFTY2610626000CE", "26000.0", "NIFTY"),  # a weekly one, of 6 January 2026
        ("M&M26JAN2760CE", "2760.0", "M&M"),
        ("BAJAJ-AUTO26JAN9000CE", "9000.0", "BAJAJ-AUTO"),
        ("USDINR26JAN86.25CE", "86.25", "USDINR"),
    ],
)
def test_symbol_is_read_from_a_trading_symbol(
    trading: str, strike: str, symbol: str
) -> None:
    """Older lists have no name."""
    row = f"1,1,{trading},,0.0,2026-01-27,{strike},0.05,40,CE,NFO-OPT,NFO"
    [listed] = list_of(kite(row)).contracts
    assert listed.symbol == symbol


def test_upstox_list_has_days_in_milliseconds_and_ticks_in_paise() -> None:
    share = {"segment": "NSE_EQ", "instrument_type": "EQ", "name": "INFOSYS"}
    packed = upstox(share, OPTION, {**OPTION, "instrument_type": "PE"})
    assert list_of(packed) == ("upstox", [NIFTY], 0)


def test_upstox_answer_of_option_contracts_is_read_too() -> None:
    body = {"status": "success", "data": [{**OPTION, "expiry": "2026-01-27"}]}
    assert list_of(json.dumps(body).encode()).contracts == [NIFTY]


def test_segments_become_exchanges() -> None:
    rows = [
        {**OPTION, "segment": segment, "strike_price": number + 1.0}
        for number, segment in enumerate(("BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO"))
    ]
    exchanges = [each.exchange for each in list_of(upstox(*rows)).contracts]
    assert exchanges == ["BSE", "MCX", "CDS", "BCD_FO"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lot_size": 0},
        {"lot_size": 1.5},
        {"lot_size": None},
        {"strike_price": "x"},
        {"strike_price": float("inf")},
        {"expiry": None},
        {"expiry": 10**18},
        {"expiry": "soon"},
        {"tick_size": 0},
        {"underlying_symbol": 7},
    ],
)
def test_option_that_cannot_be_understood_is_counted(wrong: dict[str, Any]) -> None:
    found = list_of(upstox(OPTION, {**OPTION, **wrong}))
    assert (found.contracts, found.unread) == ([NIFTY], 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither Upstox's JSON nor Kite's CSV"),
        (b"<html>", "neither Upstox's JSON nor Kite's CSV"),
        (b"[1]", "JSON, but no list of objects"),
        (b'{"data": {}}', "JSON, but no list of objects"),
        (b"[{", "not JSON"),
        (b"[]", "no options in this upstox list"),
        (kite(), "no options in this kite list"),
        (b'[{"instrument_type": "CE"}]', "its options lack instrument_key, expiry"),
    ],
)
def test_what_is_no_list_is_refused_by_what_it_is(data: bytes, says: str) -> None:
    with pytest.raises(FeedError, match=says):
        list_of(data)


def test_file_may_be_gzipped_and_is_named_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "complete.json.gz"
    path.write_bytes(gzip.compress(upstox(OPTION)))
    assert read_list(str(path)).contracts == [NIFTY]
    path.write_bytes(gzip.compress(upstox(OPTION))[:-9])
    with pytest.raises(FeedError, match=r"complete\.json\.gz: .*fetch it again"):
        read_list(str(path))
    with pytest.raises(FeedError, match="no such file"):
        read_list(str(tmp_path / "absent"))


def test_recorded_kite_list_is_read_whole() -> None:
    path = DATA.parent / "feeds" / "kite-instruments.csv"
    if not path.exists():
        pytest.skip(f"no recorded list: {path}")
    found = read_list(str(path))
    assert (len(found.contracts), found.unread) == (16, 0)
    symbols = {each.symbol for each in found.contracts}
    assert symbols == {"ADANIPORTS", "BANKNIFTY", "INDIACEM", "INDIANB"}


def test_day_of_an_expiry_is_that_in_india() -> None:
    """Its last second is the next day nowhere to the west."""
    last = datetime(2026, 1, 27, 18, 29, 59, tzinfo=UTC)
    assert OPTION["expiry"] == int(last.timestamp()) * 1000
