"""Feeds by their path: which kind a file is, and what is said of a broken one."""

import gzip
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.files import FeedFile, open_feed
from tests.support.feeds import HEADER, csv_bytes, csv_row, joined, json_line

CSV = csv_bytes(*(csv_row({"Strike_Price": str(100 + n)}) for n in range(3_000)))
NDJSON = (json_line() + "\n").encode() * 3


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", CSV, 3_000),
        ("a.CSV", CSV, 3_000),
        ("a.csv.gz", gzip.compress(CSV, mtime=0), 3_000),
        ("a.ndjson", NDJSON, 3),
        ("a.jsonl.gz", gzip.compress(NDJSON, mtime=0), 3),
        ("a.txt", CSV, 3_000),
        ("a.json", b"\xef\xbb\xbf \n" + NDJSON, 3),
        ("a", gzip.compress(NDJSON, mtime=0), 3),
        ("a.gz", gzip.compress(CSV, mtime=0), 3_000),
        (
            "two-members.gz",
            gzip.compress(NDJSON, mtime=0) + gzip.compress(NDJSON, mtime=0),
            6,
        ),
    ],
)
def test_kind_is_found_by_name_or_content(
    tmp_path: Path, name: str, content: bytes, rows: int
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert len(joined(open_feed(str(path), 75)).rows) == rows


def test_dash_reads_ndjson_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(NDJSON))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(joined(open_feed("-", {})).rows) == 3


def test_progress_ends_at_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV, mtime=0))
    feed = FeedFile(str(path), 75)
    assert (feed.done_bytes, feed.total_bytes) == (0, path.stat().st_size)
    joined(feed.batches())
    assert feed.done_bytes == feed.total_bytes


def flipped(content: bytes, at: int) -> bytes:
    """The content with a hundred bytes of it spoilt."""
    spoilt = bytes(byte ^ 0x55 for byte in content[at : at + 100])
    return content[:at] + spoilt + content[at + 100 :]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "a.csv: the file is empty"),
        ("a.csv.gz", b"", "a.csv.gz: the file is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "a.csv.gz: the file is empty"),
        ("a.csv", b"\n \n", "a.csv: the file is empty"),
        ("a.csv.gz", CSV, "a.csv.gz: named .gz but not gzip"),
        (
            "a.csv.gz",
            gzip.compress(CSV, mtime=0)[:5],
            "is truncated after row 0; fetch it again",
        ),
        ("a.csv.gz", flipped(gzip.compress(CSV, mtime=0), 2), "is corrupt after row 0"),
        ("a.csv", b"a,b\n1,2\n", "a CSV of a layout that is not known (a, b)"),
        ("a.csv", csv_bytes(), "a.csv: no quote of an option is in it"),
        (
            "a.csv",
            csv_bytes(header=HEADER.replace("CALLS_OI", "OI")),
            "the header lacks CALLS_OI",
        ),
    ],
)
def test_useless_file_is_one_line(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FeedError) as raised:
        joined(open_feed(str(path), 75))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_absent_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"no such file: .*nowhere"):
        open_feed(str(tmp_path / "nowhere"), 75)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch(mode=0)
    with pytest.raises(FeedError, match=r"cannot read .*: Permission denied"):
        open_feed(str(tmp_path / "a.csv"), 75)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda packed: packed[: len(packed) // 2], "truncated"),
        (lambda packed: packed[:-4], "truncated"),
        (lambda packed: packed[:-6] + b"!!" + packed[-4:], "corrupt"),
        (lambda packed: flipped(packed, len(packed) // 2), "corrupt"),
    ],
)
def test_rows_before_the_damage_come_first(
    tmp_path: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(damage(gzip.compress(CSV, mtime=0)))
    rows = 0
    with pytest.raises(FeedError) as raised:
        for batch in open_feed(str(path), 75):
            assert batch.rows["strike"][0] == 100 + rows
            rows += len(batch.rows) + len(batch.rejects)
    assert f"is {says} after row {rows:,}; fetch it again" in str(raised.value)
    assert rows > 500


def test_truncated_file_loses_no_whole_row(tmp_path: Path) -> None:
    packed = gzip.compress(CSV, mtime=0)[:-2_000]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(packed)
    with gzip.open(path) as source, pytest.raises(EOFError):
        text = b""
        while True:
            text += source.read1(100)
    rows = 0
    with pytest.raises(FeedError):
        for batch in open_feed(str(path), 75):
            rows += len(batch.rows)
    assert rows == text.count(b"\n") - 1
