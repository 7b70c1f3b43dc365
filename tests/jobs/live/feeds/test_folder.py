"""A watched folder: each file once, whole, and a wrong one told."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.feeds.folder import folder
from pgstrike.jobs.live.feeds.ledger import Ledger
from pgstrike.jobs.quote import QuoteBatch
from tests.support.quote_lines import write_still_file
from tests.support.scripted_wire import ScriptedWire, plain

LINE = (
    '{{"quote_time": "2026-04-21T10:00:0{second}+05:30", "symbol": "NIFTY", '
    '"expiry": "2026-04-28", "strike": {strike}, "underlying": 24500, '
    '"call": {{"ltp": 100, "oi": 75, "volume": 75}}}}'
)


def line(strike: int, second: int = 0) -> str:
    return LINE.format(strike=strike, second=second)


def watch(path: Path, **options: str) -> AsyncIterator[QuoteBatch]:
    feed = folder(plain("folder", ["NIFTY"], path=str(path), still="0.2", **options))
    return feed.updates(ScriptedWire({}), ())


async def taken(stream: AsyncIterator[QuoteBatch]) -> QuoteBatch:
    """The next batch in which there is something."""
    async with asyncio.timeout(30):
        while True:
            batch = await anext(stream)
            if len(batch.rows) or batch.rejects:
                return batch


def strikes(batch: QuoteBatch) -> list[float]:
    found: list[float] = batch.rows["strike"].tolist()
    return found


async def test_files_that_lie_there_and_that_come_are_ingested(tmp_path: Path) -> None:
    write_still_file(tmp_path / "a.ndjson", line(24_000))
    stream = watch(tmp_path)
    first = await taken(stream)
    write_still_file(tmp_path / "b.ndjson", line(24_100))
    second = await taken(stream)
    assert (strikes(first), strikes(second)) == ([24_000], [24_100])
    assert second.source == str(tmp_path / "b.ndjson")


async def test_restart_ingests_nothing_twice(tmp_path: Path) -> None:
    write_still_file(tmp_path / "a.ndjson", line(24_000))
    write_still_file(tmp_path / "broken.csv", "nothing that is known")
    stream = watch(tmp_path)
    both = [await taken(stream), await taken(stream)]
    write_still_file(tmp_path / "b.ndjson", line(24_100))
    await taken(stream)  # so that the first two are noted
    assert sum(len(each.rows) for each in both) == 1
    os.utime(tmp_path / "a.ndjson")  # touched, with what it had
    again = watch(tmp_path)
    assert strikes(await taken(again)) == [24_100]
    write_still_file(tmp_path / "c.ndjson", line(24_200))
    assert strikes(await taken(again)) == [24_200]


async def test_file_whose_quotes_are_not_stored_comes_again(tmp_path: Path) -> None:
    write_still_file(tmp_path / "a.ndjson", line(24_000))
    assert strikes(await taken(watch(tmp_path))) == [24_000]
    assert strikes(await taken(watch(tmp_path))) == [24_000]


async def test_file_with_more_in_it_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    write_still_file(path, line(24_000))
    stream = watch(tmp_path)
    await taken(stream)
    write_still_file(tmp_path / "b.ndjson", line(24_200))
    await taken(stream)  # so the first is noted
    write_still_file(path, line(24_000), line(24_100))
    assert strikes(await taken(stream)) == [24_000, 24_100]


async def test_half_written_file_waits_until_it_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    text = f"{line(24_000)}\n{line(24_100)}\n"
    with path.open("w") as file:
        file.write(text[:150])
        file.flush()
        pending = asyncio.ensure_future(taken(watch(tmp_path)))
        for at in range(150, len(text), 20):
            os.utime(path)
            done, _ = await asyncio.wait([pending], timeout=0.05)
            assert not done
            file.write(text[at : at + 20])
            file.flush()
    batch = await pending
    assert (strikes(batch), batch.rejects) == ([24_000, 24_100], [])


async def test_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    write_still_file(tmp_path / "a.csv", "no, such", "feed, here")
    write_still_file(tmp_path / "b.ndjson", line(24_000))
    stream = watch(tmp_path)
    found = [await taken(stream), await taken(stream)]
    [reject] = [each for batch in found for each in batch.rejects]
    assert reject.reason == "not_a_feed"
    assert "layout that is not known" in reject.detail
    assert [strikes(each) for each in found if len(each.rows)] == [[24_000]]


def test_line_that_a_crash_cut_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    path.write_text(
        '{"name": "a", "size": 1, "changed": 2, "sha256": "x"}\n{"name": "b", '
    )
    assert Ledger(str(path)).has("a", "x")
    assert not Ledger(str(path)).has("b", "")


async def test_what_is_wrong_with_the_options_is_told(tmp_path: Path) -> None:
    for options, said in (
        ({}, "needs the option path"),
        ({"path": ".", "lot": "many"}, "lot is 'many'"),
        ({"path": ".", "still": "-1"}, "still is '-1'"),
        ({"path": ".", "wait": "1"}, "no option wait"),
    ):
        with pytest.raises(FeedError, match=said):
            folder(plain("folder", ["NIFTY"], **options))
    with pytest.raises(FeedError, match="is no folder"):
        await anext(watch(tmp_path / "absent"))
    with pytest.raises(FeedError, match="option ledger"):
        await anext(watch(tmp_path, ledger="/proc/no/ledger"))
