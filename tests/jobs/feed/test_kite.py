"""Kite's quotes, as JSON and as CSV: joined, and with the index as underlying."""

import csv
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.files import FeedFile
from pgstrike.jobs.feed.times import calendar_day
from tests.support.bodies import EXPIRY, read
from tests.support.feeds import leg, utc

KITE = {
    "instrument_token": 1,
    "timestamp": "2025-08-29 10:00:05",
    "last_price": 95.1,
    "volume": 750,
    "oi": 1500,
    "depth": {
        "buy": [{"price": 94.9, "quantity": 75}],
        "sell": [{"price": 95.2, "quantity": 150}],
    },
}


def test_kite_quotes_are_joined_and_have_the_index_as_underlying(
    tmp_path: Path,
) -> None:
    data = {
        "NSE:NIFTY 50": {"instrument_token": 2, "last_price": 24600.5},
        "NFO:NIFTY2590224600CE": KITE,
        "NFO:NIFTY2590224600PE": {**KITE, "oi": 3000},
        "NSE:INFY": KITE,
    }
    batch = read(tmp_path, {"status": "success", "data": data}, lots={})
    [row] = batch.rows
    assert (batch.symbols, row["strike"], row["underlying"]) == (
        ("NIFTY",),
        24600,
        24600.5,
    )
    assert calendar_day(int(row["expiry"])).isoformat() == "2025-09-02"
    assert row["exchange_time"] == utc("2025-08-29T04:30:05")
    assert leg(batch, "call")["ask_qty"] == 150
    assert (leg(batch, "call")["oi"], leg(batch, "put")["oi"]) == (1500, 3000)


def test_monthly_contract_of_kite_needs_its_day(tmp_path: Path) -> None:
    body = {"data": {"NFO:BANKNIFTY25SEP54000PE": KITE}}
    with pytest.raises(FeedError, match=r"BANKNIFTY25SEP54000PE .* give --expiry"):
        read(tmp_path, body, lots={})
    batch = read(tmp_path, body, lots={}, facts=Facts(expiry=EXPIRY))
    assert (batch.symbols, batch.rows["expiry"][0]) == (("BANKNIFTY",), EXPIRY)


def test_kite_csv_says_the_same_as_its_json(tmp_path: Path) -> None:
    data = {
        "NSE:NIFTY 50": {"instrument_token": 2, "last_price": 24600.5},
        "NFO:NIFTY2590224600CE": KITE,
        "NFO:NIFTY2590224600PE": {**KITE, "oi": 3000},
    }
    names = ["timestamp", "last_price", "volume", "oi", "depth"]
    path = tmp_path / "quotes.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        for name, row in data.items():
            writer.writerow([name, *(row.get(column) for column in names)])
        writer.writerow(["NFO:NIFTY2590224650CE", "2025-08-29 10:00:05", "x", 1, 2, ""])
    feed = FeedFile(str(path), {})
    [batch] = feed.batches()
    asked = read(tmp_path, {"data": data}, lots={})
    assert feed.ticks
    assert batch.rows.tobytes() == asked.rows.tobytes()
    assert batch.forgotten == {"no_option": 1}
    assert [reject.reason for reject in batch.rejects] == ["malformed"]
