"""api/http/lag.py: what the primary has and since when it is not here, by a clock of ours."""

from typing import Any

import pytest

from pgstrike.api.events.event import Position
from pgstrike.api.events.hub import Hub
from pgstrike.api.events.log import Head
from pgstrike.api.http import lag as module
from pgstrike.api.http.lag import PrimaryLag
from pgstrike.db.errors import DatabaseError


class Primary:
    """Its log, and a clock."""

    def __init__(self) -> None:
        self.epoch, self.newest, self.now = "a", 0, 100.0
        self.is_away = False

    async def head(self) -> Head:
        if self.is_away:
            raise DatabaseError("away")
        return Head(self.epoch, 1, self.newest, [])


@pytest.fixture
def primary(monkeypatch: pytest.MonkeyPatch) -> Primary:
    made = Primary()
    monkeypatch.setattr(module, "monotonic", lambda: made.now)
    return made


def watched(primary: Any) -> tuple[PrimaryLag, Hub]:
    hub = Hub()
    hub.start(Position("a", 0), "other_epoch")
    return PrimaryLag(primary, hub, 10), hub


async def test_lag_is_the_age_of_the_oldest_event_that_is_lacking(
    primary: Primary,
) -> None:
    lag, hub = watched(primary)
    for newest in (0, 1, 2, 3):
        primary.newest = newest
        await lag.look()
        primary.now += 4
    assert lag.seconds() == 12  # event 1 was there 12 s ago
    assert lag.is_late() and lag.check().state == "bad"
    hub.position = Position("a", 2)
    assert lag.seconds() == 4
    assert not lag.is_late() and lag.check().state == "ok"
    hub.position = Position("a", 3)
    assert lag.seconds() == 0


async def test_quiet_primary_makes_no_lag(primary: Primary) -> None:
    lag, _ = watched(primary)
    await lag.look()
    primary.now += 1000
    assert lag.seconds() == 0
    primary.is_away = True
    await lag.look()
    assert lag.check().state == "warn" and not lag.is_late()


@pytest.mark.parametrize(("epoch", "newest"), [("b", 5), ("a", 4)])
async def test_what_a_dead_primary_had_is_no_lag(
    primary: Primary, epoch: str, newest: int
) -> None:
    lag, hub = watched(primary)
    primary.newest = 9
    await lag.look()
    primary.now += 100
    assert lag.is_late()
    primary.epoch, primary.newest = epoch, newest
    await lag.look()
    hub.position = Position(epoch, newest)
    assert lag.seconds() == 0
