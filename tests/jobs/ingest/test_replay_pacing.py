"""jobs.ingest.replay_pacing: pace, order, and reading ahead."""

import threading
from collections.abc import Iterator

import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.ingest.replay_pacing import (
    DAY,
    Held,
    bytes_of,
    merged,
    paced,
    paced_from,
    read_ahead,
    snapshots,
)
from pgstrike.jobs.quote import QuoteBatch, Reject, unknown_quotes

SECOND = 1_000_000


def batch(*times: int) -> QuoteBatch:
    rows = unknown_quotes(len(times))
    rows["quote_time"] = times
    return QuoteBatch(rows, ("NIFTY",), [str(time) for time in times], [])


def times(batches: Iterator[QuoteBatch]) -> list[list[int]]:
    return [found.rows["quote_time"].tolist() for found in batches]


def test_snapshots_are_runs_of_one_time() -> None:
    assert times(snapshots([batch(1, 1, 2), batch(3)])) == [[1, 1], [2], [3]]


def test_snapshots_keep_raw_rows_and_rejects() -> None:
    reject = Reject("malformed", "?", "x")
    first, second = snapshots([batch(1, 2)._replace(rejects=[reject])])
    assert (first.raw, second.raw) == (["1"], ["2"])
    assert (first.rejects, second.rejects) == ([reject], [])


def test_feeds_are_merged_in_the_order_of_time() -> None:
    assert times(merged([[batch(1, 3)], [batch(2, 4)]])) == [[1], [2], [3], [4]]


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


def played(speed: float, *moments: int) -> list[float]:
    clock = Clock()
    batches = [batch(moment) for moment in moments]
    return [
        clock.seconds for _ in paced(batches, speed, clock.wait, lambda: clock.seconds)
    ]


def test_pace_is_that_of_the_session_by_speed() -> None:
    assert played(60, 0, 60 * SECOND, 180 * SECOND) == pytest.approx([0, 1, 3])


def test_past_is_played_at_once_and_the_rest_at_its_pace() -> None:
    waits: list[float] = []
    batches = [batch(second * SECOND) for second in (0, 60, 120, 180)]
    found = paced_from(120 * SECOND, batches, 60, waits.append)
    assert times(found) == [[0], [60 * SECOND], [120 * SECOND], [180 * SECOND]]
    assert [round(seconds) for seconds in waits] == [1]


def test_nights_pass_at_once() -> None:
    assert played(60, 0, 2 * DAY, 2 * DAY + 60 * SECOND) == pytest.approx([0, 0, 1])


def test_late_snapshots_are_not_waited_for() -> None:
    moments = (0, 60 * SECOND, 30 * SECOND, 120 * SECOND)
    assert played(60, *moments) == pytest.approx([0, 1, 1, 2])


def test_reading_ahead_gives_what_was_read_before_the_error() -> None:
    def feed() -> Iterator[QuoteBatch]:
        yield batch(1)
        raise FeedError("broken")

    found = read_ahead(feed())
    assert next(found).rows["quote_time"].tolist() == [1]
    with pytest.raises(FeedError, match="broken"):
        next(found)


def test_no_more_is_read_than_may_be_held() -> None:
    """The next batch is read once there is room for it."""
    one, reading = bytes_of(batch(1)), threading.Condition()
    read: list[int] = []

    def feed() -> Iterator[QuoteBatch]:
        for time in range(9):
            with reading:
                read.append(time)
                reading.notify_all()
            yield batch(time)

    def wait_for(count: int) -> None:
        with reading:
            assert reading.wait_for(lambda: len(read) == count, 60)

    held = Held(most_bytes=3 * one, most_batches=99)
    found = read_ahead(feed(), held)
    next(found)
    wait_for(4)  # three are held, and one more is there already
    assert held.rows_read == 4
    next(found)
    wait_for(5)
    assert times(found) == [[time] for time in range(2, 9)]


def test_idle_pipe_takes_no_room_while_it_waits() -> None:
    """A silent source gives empty batches, and a day of them is no news."""

    def feed() -> Iterator[QuoteBatch]:
        yield batch(1)
        yield from (batch() for _ in range(100_000))
        yield batch(2)

    held = Held(most_bytes=1, most_batches=2)
    found = [each for each in times(read_ahead(feed(), held)) if each]
    assert found == [[1], [2]]
