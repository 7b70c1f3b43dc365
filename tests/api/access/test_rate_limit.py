"""api.access.rate_limit: bursts, refilling, and when to come back."""

import pytest

from pgstrike.api.access.rate_limit import MOST_NAMES, Rates


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


def taken(rates: Rates, name: str = "a") -> int:
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
    assert taken(Rates(per_second, burst)) == lets


def test_bucket_is_filled_at_the_rate_and_no_further_than_the_burst(
    clock: Clock,
) -> None:
    rates = Rates(4)
    assert taken(rates) == 8
    clock.now += 1
    assert taken(rates) == 4
    clock.now += 3600
    assert taken(rates) == 8


def test_one_who_is_refused_is_told_when_to_come_back(clock: Clock) -> None:
    rates = Rates(0.5)
    assert rates.take("a") == 0
    assert rates.take("a") == pytest.approx(2)
    clock.now += 1.5
    assert rates.take("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert rates.take("a") == 0


def test_each_has_a_bucket_of_its_own(clock: Clock) -> None:
    rates = Rates(1)
    assert taken(rates, "a") == taken(rates, "b") == 2


def test_memory_is_bounded_and_the_one_that_came_last_is_known(clock: Clock) -> None:
    rates = Rates(1)
    for number in range(2 * MOST_NAMES):
        rates.take("often")
        rates.take(str(number))
    assert len(rates._buckets) == MOST_NAMES
    assert rates.take("often") > 0
