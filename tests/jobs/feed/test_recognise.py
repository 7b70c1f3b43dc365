"""What a file is, by its content: read, or refused by what it is."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.column_map import column_map
from pgstrike.jobs.feed.recognise import kind_of
from tests.support.feeds import HEADER, csv_bytes, csv_row, json_line

PAGE = b"CALLS,,PUTS\n,OI,CHNG IN OI,VOLUME,STRIKE,VOLUME,CHNG IN OI,OI,\n"
BODY = json.dumps({"records": {"data": [], "timestamp": "x"}}).encode()


def zipped(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, "x" * 100)
    return target.getvalue()


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson", "a"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (json_line().encode(), "ndjson"),
        (b"\xef\xbb\xbf \n" + json_line().encode(), "ndjson"),
        (BODY, "json"),
        (json.dumps(json.loads(BODY), indent=2).encode(), "json"),
        (b'1626993723.80: {"jsonrpc": "2.0"}\n', "json"),
        (b"PAR1 and more", "parquet"),
    ],
)
def test_content_goes_before_the_name(name: str, content: bytes, kind: str) -> None:
    assert kind_of(name, content, None) == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (csv_bytes(csv_row()), "nse_csv"),
        (csv_bytes(header="\ufeff" + HEADER.replace("CALLS_OI,", "")), "nse_csv"),
        (PAGE, "nse_page"),
        (PAGE.replace(b"CHNG IN OI", b"\xc2\xa0CHNG IN OI "), "nse_page"),
        (b"tradingsymbol,timestamp,last_price,oi\n", "kite_csv"),
        (b"quote_time,symbol,expiry,strike,call_ltp\n", "csv"),
    ],
)
def test_table_is_known_by_its_header(content: bytes, kind: str) -> None:
    assert kind_of("a.csv", content, None) == kind


def test_any_table_is_read_by_a_map() -> None:
    by = column_map({"columns": {"strike": "K"}})
    assert kind_of("a.txt", b"K;x\n1;2\n", by) == "csv"
    assert kind_of("a.csv", json_line().encode(), by) == "ndjson"


def test_name_decides_where_the_content_says_too_little() -> None:
    assert kind_of("a.jsonl.gz", b"oops\n" + json_line().encode(), None) == "ndjson"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\n <html><body>Access Denied", "an HTML page"),
        (b"<?xml version='1.0'?>", "XML"),
        (zipped("chain.csv"), "a ZIP archive"),
        (zipped("xl/workbook.xml"), "an Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xff\xfeC\0A\0", "UTF-16"),
        (b"ab\0cd", "a binary file"),
        (b"hello world\n", "neither CSV nor JSON (it begins with 'hello world')"),
        (b"# Notes, and more\n\nOf a day\n", "neither CSV nor JSON"),
        (b"strike,price\n1,2\n", "not known (strike, price); say what its columns are"),
        (
            b"instrument_token,tradingsymbol,lot_size,instrument_type,last_price\n",
            "pgstrike instrument load",
        ),
    ],
)
def test_what_is_no_feed_is_refused_by_what_it_is(content: bytes, says: str) -> None:
    with pytest.raises(FeedError) as raised:
        kind_of("a.csv", content, None)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "an empty JSON object, as NSE answers"),
        (
            {"status": "error", "message": "Invalid token"},
            "error answer: Invalid token",
        ),
        ({"data": {"candles": []}}, "candles of one instrument"),
        ({"a": 1, "b": 2}, "its keys: a, b"),
        ([1], "a list"),
        ({"result": [{"expiration_timestamp": 1}]}, "Deribit's list of instruments"),
    ],
)
def test_json_of_another_kind_is_refused(
    tmp_path: Path, value: object, says: str
) -> None:
    from pgstrike.jobs.feed.files import FeedFile

    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(json.dumps(value).encode()))
    with pytest.raises(FeedError) as raised:
        FeedFile(str(path), 75)
    assert says in str(raised.value) and str(path) in str(raised.value)
