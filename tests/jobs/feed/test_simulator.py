"""The simulator: a plausible market on trading days, as odd as a real feed."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.check import check
from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.feed.simulated import CLOSES, OPENS, TICK, normal_cdf
from pgstrike.jobs.feed.simulator import AHEAD_SECONDS, history_ends, simulate
from pgstrike.jobs.feed.times import DAY, SECOND, calendar_day, days
from pgstrike.jobs.quote import LEGS, UNKNOWN, QuoteBatch
from tests.support.feeds import floats, joined

MONDAY = date(2025, 9, 8)
SNAPSHOTS = 375  # a day of them, a minute apart
CONTRACT = ["expiry", "strike"]


def some(count: int, seed: int = 1, start: date = MONDAY) -> list[QuoteBatch]:
    """The first snapshots of a simulated NIFTY."""
    return list(itertools.islice(simulate(["NIFTY"], start, seed), count))


@pytest.fixture(scope="module")
def day() -> list[QuoteBatch]:
    """The first day."""
    batches = simulate(["NIFTY"], MONDAY, 1)
    return list(itertools.takewhile(lambda b: local_day(b) == MONDAY, batches))


def local_day(batch: QuoteBatch) -> date:
    return calendar_day(int(batch.rows["quote_time"][0]) // DAY)


def histories(day: list[QuoteBatch], field: str) -> npt.NDArray[np.float64]:
    """A figure by snapshot and contract, NaN where unknown."""
    return np.stack([floats(batch.rows[field]) for batch in day])


def test_same_seed_simulates_the_same() -> None:
    first, second, other = some(5), some(5), some(5, seed=2)
    for one, two, three in zip(first, second, other, strict=True):
        assert one.rows.tobytes() == two.rows.tobytes() != three.rows.tobytes()


def test_history_is_a_coarse_session_and_the_next_one_in_minutes() -> None:
    """The same market throughout: OI goes on from where the first session left it."""
    batches = list(
        itertools.islice(simulate(["NIFTY"], MONDAY, 1, has_history=True), 90)
    )
    times = [int(batch.rows["quote_time"][0]) for batch in batches]
    first = [time for time in times if time < days(MONDAY) * DAY + DAY]
    assert len(first) == 25
    assert set(np.diff(first)) == {900 * SECOND}
    assert set(np.diff(times[25:])) == {60 * SECOND}
    ends = history_ends(MONDAY)
    assert ends == (days(MONDAY) + 1) * DAY + OPENS + 3_600 * SECOND
    assert 59 <= sum(time < ends for time in times[25:]) <= 60


def test_further_symbol_changes_no_other() -> None:
    both = itertools.islice(simulate(["BANKNIFTY", "NIFTY"], MONDAY, 1), 20)
    nifty = [batch for batch in both if batch.symbols == ("NIFTY",)]
    for one, two in zip(nifty, some(10), strict=True):
        assert one.rows.tobytes() == two.rows.tobytes()


def test_unknown_symbol_is_named() -> None:
    with pytest.raises(FeedError, match="does not know GOLD; it has NIFTY"):
        next(simulate(["GOLD"], MONDAY))


def test_every_row_passes_the_checks(day: list[QuoteBatch]) -> None:
    assert all(check(batch) is batch for batch in day)


def test_ladder_is_like_that_of_nifty(day: list[QuoteBatch]) -> None:
    rows = day[0].rows
    expiries, counts = np.unique(rows["expiry"], return_counts=True)
    assert 7 <= len(expiries) <= 10
    assert 400 <= len(rows) <= 800
    steps = [np.diff(rows["strike"][rows["expiry"] == expiry]) for expiry in expiries]
    assert (set(steps[0]), set(steps[-1])) == ({50}, {1_000})
    assert counts[0] == 81


def test_snapshots_fall_into_the_session(day: list[QuoteBatch]) -> None:
    times = (
        np.array([batch.rows["quote_time"][0] for batch in day]) - days(MONDAY) * DAY
    )
    assert OPENS <= times.min() < OPENS + 60 * SECOND
    assert CLOSES - 60 * SECOND < times.max() <= CLOSES
    assert (np.diff(times) >= 60 * SECOND).all()


def test_closed_days_are_skipped() -> None:
    """2025-10-02 is a holiday, 4 and 5 October are a weekend."""
    batches = simulate(["NIFTY"], date(2025, 10, 1), 1, seconds_between=7_200)
    seen = sorted({local_day(b) for b in itertools.islice(batches, 9)})
    assert seen == [date(2025, 10, 1), date(2025, 10, 3), date(2025, 10, 6)]


def test_calendar_may_be_given() -> None:
    closed = {MONDAY, MONDAY + timedelta(days=1)}
    batch = next(simulate(["NIFTY"], MONDAY, calendar=closed))
    assert local_day(batch) == MONDAY + timedelta(days=2)


def test_expiry_on_a_holiday_is_a_day_earlier() -> None:
    """Tuesday 2025-10-21 is a holiday, and so are the days after it."""
    rows = next(simulate(["NIFTY"], date(2025, 10, 15))).rows
    assert calendar_day(int(rows["expiry"].min())) == date(2025, 10, 20)


def test_expiries_die_and_new_ones_are_listed() -> None:
    batches = simulate(["NIFTY"], MONDAY, 1, seconds_between=9_000)
    alive = {
        local_day(batch): {calendar_day(n) for n in batch.rows["expiry"].tolist()}
        for batch in itertools.islice(batches, 12)
    }
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    assert tuesday in alive[tuesday]
    assert tuesday not in alive[wednesday]
    assert alive[wednesday] - alive[tuesday]


def test_prices_stand_on_the_tick_and_do_not_cross(day: list[QuoteBatch]) -> None:
    for leg in LEGS:
        bid, ask = histories(day, f"{leg}_bid"), histories(day, f"{leg}_ask")
        assert np.nanmax(np.abs(bid / TICK - np.rint(bid / TICK))) < 1e-6
        assert np.nanmin(ask - bid) > TICK / 2


def test_mids_are_at_parity_with_the_underlying(day: list[QuoteBatch]) -> None:
    front = day[100].rows[day[100].rows["expiry"] == day[100].rows["expiry"].min()]
    near = front[np.abs(front["strike"] - front["underlying"]) < 150]
    mids = [(near[f"{leg}_bid"] + near[f"{leg}_ask"]) / 2 for leg in LEGS]
    implied = near["strike"] + mids[0] - mids[1]
    assert np.abs(implied - near["underlying"]).max() < 10  # two days' carry


def test_volume_never_falls_but_in_a_drop_out(day: list[QuoteBatch]) -> None:
    dropped = 0
    for leg in LEGS:
        volume = histories(day, f"{leg}_volume")
        fell = volume < np.fmax.accumulate(volume)
        assert (volume[fell] == 0).all()
        assert (histories(day, f"{leg}_oi")[fell] == 0).all()
        assert not np.isnan(histories(day, f"{leg}_ltp")[fell]).any()
        assert not (fell[1:] & fell[:-1]).any()  # one snapshot each
        dropped += fell.sum()
    assert 1 <= dropped < 40


def test_volume_and_oi_are_whole_lots(day: list[QuoteBatch]) -> None:
    for name in ("volume", "oi"):
        figures = histories(day, f"put_{name}")
        assert (figures[~np.isnan(figures)] % 75 == 0).all()


def test_lots_are_those_of_the_day() -> None:
    """NIFTY's lot became 65 at the end of 2025."""
    for day, lot, other in ((date(2025, 12, 30), 75, 65), (date(2026, 1, 1), 65, 75)):
        oi = next(simulate(["NIFTY"], day, 1)).rows["call_oi"]
        known = oi[oi != UNKNOWN]
        assert (known % lot == 0).all() and (known % other != 0).any()


def test_oi_builds_and_unwinds(day: list[QuoteBatch]) -> None:
    moved = np.diff(histories(day, "call_oi"), axis=0)
    assert (moved > 0).any() and (moved < 0).any()


def test_leg_is_missing_now_and_then(day: list[QuoteBatch]) -> None:
    oi = histories(day, "call_oi")
    gone = np.isnan(oi[1:-1]) & (oi[:-2] > 0) & (oi[2:] > 0)
    assert gone.any()
    at, contract = np.argwhere(gone)[0] + [1, 0]
    assert np.isnan(day[at].rows["call_iv"][contract])
    assert day[at].rows["call_bid_qty"][contract] == UNKNOWN


def test_hole_opens_on_some_days() -> None:
    batches = itertools.islice(simulate(["NIFTY"], MONDAY, 1), 3 * SNAPSHOTS)
    times = np.array([batch.rows["quote_time"][0] for batch in batches])
    gaps = np.diff(times) / SECOND / 60
    holes = gaps[(gaps > 1) & (gaps < 600)]
    assert len(holes) >= 1
    assert ((holes > 3) & (holes <= 20)).all()


def test_exchange_time_lags_repeats_and_once_leads(day: list[QuoteBatch]) -> None:
    read = np.array([batch.rows["quote_time"][0] for batch in day])
    stamp = np.array([batch.rows["exchange_time"][0] for batch in day])
    lag = (read - stamp) / SECOND
    assert 65 < np.median(lag) < 75
    assert lag[lag < 0].tolist() == [-AHEAD_SECONDS]
    assert 3 < (np.diff(stamp) == 0).sum() < 40


def test_rows_as_text_read_back_the_same() -> None:
    [batch] = some(1)
    source = Lines("\n".join(batch.raw).encode())
    assert joined(read_ndjson(source)).rows.tobytes() == batch.rows.tobytes()


class Lines:
    """Bytes in memory, a few at a time."""

    def __init__(self, content: bytes) -> None:
        self._pieces = self._cut(content)

    @staticmethod
    def _cut(content: bytes) -> Iterator[bytes]:
        for at in range(0, len(content), 1_000):
            yield content[at : at + 1_000]

    def read1(self, size: int, /) -> bytes:
        return next(self._pieces, b"")

    def fileno(self) -> int:
        raise OSError("no descriptor")


def test_normal_cdf_is_exact_enough_for_a_tick() -> None:
    known = {-8: 6.22e-16, -1.96: 0.024997895, 0: 0.5, 1: 0.841344746, 3: 0.998650102}
    actual = normal_cdf(np.array(list(known), dtype=float))
    assert np.abs(actual - list(known.values())).max() < 1e-7
