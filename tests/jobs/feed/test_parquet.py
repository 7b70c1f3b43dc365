"""Parquet says the same as the CSV that it was made of."""

import io
import sys
from pathlib import Path

import pandas as pd
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.column_map import column_map
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.files import FeedFile
from tests.support.feeds import csv_bytes, csv_row, joined, leg, utc

pytest.importorskip("pyarrow")

ROWS = [
    csv_row(),
    csv_row({"CALLS_LTP": "-", "PUTS_OI": "2589.714285"}),
    csv_row({"Symbol": "SENSEX", "Strike_Price": "80000"}),
]


def read(path: Path, facts: Facts = Facts()) -> list[object]:  # noqa: B008
    batch = joined(FeedFile(str(path), 75, facts).batches())
    return [
        batch.rows.tobytes(),
        batch.symbols,
        [(reject.reason, reject.detail) for reject in batch.rejects],
    ]


@pytest.mark.parametrize("compression", ["snappy", "gzip"])
def test_columns_of_nse_need_no_map(tmp_path: Path, compression: str) -> None:
    text = csv_bytes(*ROWS)
    table = pd.read_csv(io.BytesIO(text), na_values="-")
    table.to_parquet(tmp_path / "a.parquet", compression=compression)
    (tmp_path / "a.csv").write_bytes(text)
    assert read(tmp_path / "a.parquet") == read(tmp_path / "a.csv")


def test_table_is_read_by_a_map(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "ts": pd.to_datetime(["2026-04-21 12:00:00"] * 2),
            "exp": [pd.Timestamp("2026-04-28").date()] * 2,
            "K": [24000, 24000],
            "type": ["CE", "PE"],
            "oi": [100, None],
        }
    )
    table.to_parquet(tmp_path / "a")
    columns = {"quote_time": "ts", "expiry": "exp", "strike": "K", "side": "type"}
    by = column_map({"symbol": "NIFTY", "columns": {**columns, "oi": "oi"}})
    batch = joined(FeedFile(str(tmp_path / "a"), {}, Facts(map=by)).batches())
    assert batch.rows["quote_time"].tolist() == [utc("2026-04-21T06:30:00")]
    assert (leg(batch, "call")["oi"], leg(batch, "put")["oi"]) == (100, None)


def test_row_that_is_rejected_is_shown_as_json(tmp_path: Path) -> None:
    table = pd.read_csv(io.BytesIO(csv_bytes(csv_row({"Strike_Price": "-1"}))))
    table.to_parquet(tmp_path / "a.parquet")
    [reject] = joined(FeedFile(str(tmp_path / "a.parquet"), 75).batches()).rejects
    assert reject.reason == "bad_strike" and '"Strike_Price": -1' in reject.row


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"PAR1 cut off", "Parquet that cannot be read")],
)
def test_parquet_that_is_broken_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(FeedError) as raised:
        joined(FeedFile(str(path), 75).batches())
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1], "b": [2]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(FeedError, match="columns a, b; say what they are, with --map"):
        joined(FeedFile(str(tmp_path / "a.parquet"), 75).batches())


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(FeedError, match=r"pip install 'pgstrike\[parquet\]'"):
        joined(FeedFile(str(tmp_path / "a.parquet"), 75).batches())
