"""A folder with a file for each snapshot is one feed."""

import gzip
import json
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.column_map import column_map
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.folder import FeedFolder, gathered, open_source
from pgstrike.jobs.feed_kinds import Kinds
from tests.support.bodies import ROW, nse
from tests.support.deribit import NAMES, ticker
from tests.support.feeds import joined, json_line, utc

TIMES = ["12:00:05", "09:20:00", "10:00:00"]


def recorded(folder: Path) -> Path:
    """Bodies whose names are not in the order of their times."""
    for name, time in zip("abc", TIMES, strict=True):
        body = nse([ROW], timestamp=f"21-Apr-2026 {time}")
        packed = gzip.compress(json.dumps(body).encode())
        (folder / f"{name}.json.gz").write_bytes(packed)
    return folder


def test_files_are_read_in_the_order_of_their_times(tmp_path: Path) -> None:
    feed = open_source(str(recorded(tmp_path)), 65)
    batches = list(feed.batches())
    times = joined(batches).rows["quote_time"].tolist()
    assert times == [
        utc(f"2026-04-21T{time}") for time in ("03:50:00", "04:30:00", "06:30:05")
    ]
    assert len([batch for batch in batches if len(batch.rows)]) == 1
    assert {batch.source for batch in batches} == {str(tmp_path)}


def test_progress_counts_over_all_files(tmp_path: Path) -> None:
    feed = FeedFolder(str(recorded(tmp_path)), 65)
    assert feed.done_bytes == 0
    joined(feed.batches())
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert feed.done_bytes == feed.total_bytes == sum(sizes)


def test_file_that_is_no_feed_is_a_reject_and_stops_nothing(tmp_path: Path) -> None:
    recorded(tmp_path)
    (tmp_path / "bb.json").write_text("<html>Access Denied</html>")
    (tmp_path / "bc.json").write_text("{}")
    (tmp_path / "bd.json.gz").write_bytes(gzip.compress(b"{}" * 500)[:-9])
    for name in ("README.md", ".hidden.json", "_SUCCESS"):
        (tmp_path / name).write_text("no feed")
    batch = joined(FeedFolder(str(tmp_path), 65).batches())
    assert len(batch.rows) == 3
    found = {Path(reject.row).name: reject for reject in batch.rejects}
    assert {*found} == {"bb.json", "bc.json", "bd.json.gz"}
    assert {reject.reason for reject in batch.rejects} == {"not_a_feed"}
    assert "an HTML page" in found["bb.json"].detail


def test_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text(json_line() + "\n")
    lines = "".join(json_line(strike=n) + "\n" for n in range(1, 40_000))
    packed = gzip.compress(lines.encode())
    (tmp_path / "b.ndjson.gz").write_bytes(packed[:-2_000])
    batch = joined(FeedFolder(str(tmp_path), {}).batches())
    assert len(batch.rows) > 20_000
    assert ["truncated" in reject.detail for reject in batch.rejects] == [True]


def test_folder_without_feeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no recorded feed is in the folder"):
        open_source(str(tmp_path), 65)
    (tmp_path / "a.json").write_text("<html>")
    with pytest.raises(FeedError, match=r"a.json: an HTML page"):
        open_source(str(tmp_path), 65)


def test_one_time_for_many_files_is_refused(tmp_path: Path) -> None:
    facts = Facts(read_at=utc("2026-04-21T06:30:00"))
    with pytest.raises(FeedError, match=r"3 files one time; .*\[name\] in --map"):
        FeedFolder(str(recorded(tmp_path)), 65, facts)


def test_names_go_before_what_files_say(tmp_path: Path) -> None:
    by = column_map({"name": {"pattern": r"(?P<time>\d{8}_\d{4})\.json"}})
    for minute, time in zip((58, 59, 57), TIMES, strict=True):
        body = json.dumps(nse([ROW], timestamp=f"21-Apr-2026 {time}"))
        (tmp_path / f"nifty-20260421_12{minute}.json").write_text(body)
    rows = joined(FeedFolder(str(tmp_path), 65, Facts(map=by)).batches()).rows
    assert rows["quote_time"].tolist() == [
        utc(f"2026-04-21T07:{minute}:00") for minute in (27, 28, 29)
    ]
    assert rows["exchange_time"].tolist()[0] == utc("2026-04-21T04:30:00")


def test_batches_end_between_snapshots(tmp_path: Path) -> None:
    feed = FeedFolder(str(recorded(tmp_path)), 65)
    twice = [batch for batch in feed.batches() if len(batch.rows)]
    codes = feed._codes
    [first, second] = gathered(iter([*twice, *twice]), codes, most=4)
    assert (len(first.rows), len(second.rows)) == (5, 1)
    assert list(first.raw) + list(second.raw) == [*twice[0].raw] * 2


def test_files_that_say_other_things_of_volume_are_not_joined(tmp_path: Path) -> None:
    """And what the options say goes before what the format or the map says."""
    recorded(tmp_path)
    (tmp_path / "d.json").write_text(json.dumps({"result": ticker(NAMES[0])}))
    found = [b for b in open_source(str(tmp_path), 65).batches() if len(b.rows)]
    assert [batch.kinds for batch in found] == [Kinds("other"), Kinds()]
    said = Facts(
        kinds=Kinds(oi="yesterday"),
        map=column_map({"volume_kind": "session", "oi_kind": "now"}),
    )
    found = [b for b in open_source(str(tmp_path), 65, said).batches() if len(b.rows)]
    assert {batch.kinds for batch in found} == {Kinds("session", "yesterday")}
