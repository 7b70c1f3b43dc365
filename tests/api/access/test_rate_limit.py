"""api.access.rate_limit: bursts, refilling, and when to come back."""

import pytest

from pgstrike.api.access.rate_limit import MOST_NAMES, RateLimits
from pgstrike.api.http.auth import too_many


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("pgstrike.api.access.rate_limit.monotonic", made)
    return made


def taken(rates: RateLimits, name: str = "a") -> int:
    """How many are let through at once."""
    count = 0
    while rates.take(name) == 0:
        count += 1
    return count


@pytest.mark.parametrize(
    ("per_second", "burst", "lets"),
    [(50, None, 100), (1, None, 2), (0.5, None, 1), (0.01, None, 1), (1, 20, 20)],
)
def test_burst_is_let_through(
    clock: Clock, per_second: float, burst: float | None, lets: int
) -> None:
    assert taken(RateLimits(per_second, burst)) == lets


def test_bucket_is_filled_at_the_rate_and_no_further_than_the_burst(
    clock: Clock,
) -> None:
    rates = RateLimits(4)
    assert taken(rates) == 8
    clock.now += 1
    assert taken(rates) == 4
    clock.now += 3600
    assert taken(rates) == 8


def test_one_who_is_refused_is_told_when_to_come_back(clock: Clock) -> None:
    rates = RateLimits(0.5)
    assert rates.take("a") == 0
    assert rates.take("a") == pytest.approx(2)
    clock.now += 1.5
    assert rates.take("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert rates.take("a") == 0


def test_each_has_a_bucket_of_its_own(clock: Clock) -> None:
    rates = RateLimits(1)
    assert taken(rates, "a") == taken(rates, "b") == 2


def test_memory_is_bounded_and_the_one_that_came_last_is_known(clock: Clock) -> None:
    rates = RateLimits(1)
    for number in range(2 * MOST_NAMES):
        rates.take("often")
        rates.take(str(number))
    assert len(rates._buckets) == MOST_NAMES
    assert rates.take("often") > 0
    newest, oldest = str(2 * MOST_NAMES - 1), "0"
    assert taken(rates, newest) == 1  # of two
    assert taken(rates, oldest) == 2  # it was forgotten


@pytest.mark.parametrize("per_second", [0.01, 0.1, 0.25, 0.49])
def test_rate_below_one_in_two_seconds_lets_one_through_at_a_time(
    clock: Clock, per_second: float
) -> None:
    rates = RateLimits(per_second)
    for _ in range(3):
        assert taken(rates) == 1
        wait = rates.take("a")
        assert wait == pytest.approx(1 / per_second)
        clock.now += wait * 0.99
        assert rates.take("a") > 0
        clock.now += wait * 0.02
    clock.now += 100 * wait
    assert taken(rates) == 1


@pytest.mark.parametrize(
    ("wait", "seconds"), [(0.01, "1"), (1.0, "1"), (1.01, "2"), (99.5, "100")]
)
def test_whole_seconds_that_are_told_are_enough(wait: float, seconds: str) -> None:
    error = too_many("too_many_requests", "More than 1 request", wait)
    assert error.status == 429
    assert error.headers == {"Retry-After": seconds}
