"""api.streams.resume at its bounds: what memory has, what the log has, and what neither has."""

from unittest.mock import Mock

import pytest

from pgstrike.api.access.rights import Rights
from pgstrike.api.events.event import Filter, Position, Reset
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.events.log import Head
from pgstrike.api.streams.broadcast import FRESH, Broadcast
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.resume import start_of
from pgstrike.api.streams.subscription import Raw
from pgstrike.api.wire import sse
from pgstrike.db.errors import DatabaseError
from tests.support.fakes import FakeLog, event

NOW = Position("e", 9)  # the newest event of the hub, which remembers those after 5


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.start(Position("e", 5), "other_epoch")
    for id in range(6, 10):
        hub.feed(event(id))
    return hub


def raw(hub: Hub) -> Broadcast:
    return RawBroadcast(Raw(Filter(), Rights()), hub, Bounds(100, 10**6), Mock())


def panel(hub: Hub) -> Broadcast:
    feed = Mock(spec=PanelBroadcast)
    feed.at.side_effect = lambda: hub.position
    return feed


async def reason(
    after: Position, feed: Broadcast, hub: Hub, log: FakeLog
) -> str | None:
    """Why a reader is reset; None where it goes on."""
    start = await start_of(after, feed, hub, log)
    assert start.frame is not None
    if start.frame.plain == sse.position(str(after)):
        assert start.seen == after.id
        return None
    assert hub.position is not None
    is_panel = isinstance(feed, PanelBroadcast)
    assert start.seen == (FRESH if is_panel else hub.position.id)
    for found in ("other_epoch", "ahead", "too_old"):
        reset = Reset(found, hub.position)
        frame = reset.frame_with("") if is_panel else reset.frame()
        if frame.plain == start.frame.plain:
            return found
    raise AssertionError(start.frame.plain)


@pytest.mark.parametrize("id", [5, 6, 8, 9])
async def test_what_memory_has_needs_no_database(hub: Hub, id: int) -> None:
    log = FakeLog(9, fails=1)
    assert await reason(Position("e", id), raw(hub), hub, log) is None
    assert log.failed == 0


@pytest.mark.parametrize("id", [4, 10])
async def test_what_memory_has_not_is_asked_of_the_log(hub: Hub, id: int) -> None:
    with pytest.raises(DatabaseError):
        await start_of(Position("e", id), raw(hub), hub, FakeLog(9, fails=1))


async def test_panel_needs_no_past(hub: Hub) -> None:
    log = FakeLog(9, fails=1)
    for id in (1, 5, 9):
        assert await reason(Position("e", id), panel(hub), hub, log) is None


@pytest.mark.parametrize(
    ("id", "newest", "expected"),
    [(9, 9, None), (10, 9, "ahead"), (10, 10, None), (11, 10, "ahead"), (10, 12, None)],
)
@pytest.mark.parametrize("make", [raw, panel])
async def test_ahead_of_the_log_is_reset(
    hub: Hub, id: int, newest: int, expected: str | None, make: type[Broadcast]
) -> None:
    """A REST answer may be ahead of the hub, and never of the log."""
    after = Position("e", id)
    assert await reason(after, make(hub), hub, FakeLog(newest)) == expected


@pytest.mark.parametrize(
    ("id", "oldest", "expected"),
    [(3, 4, None), (3, 5, "too_old"), (2, 4, "too_old"), (0, 1, None)],
)
async def test_reset_where_the_next_event_is_pruned(
    hub: Hub, id: int, oldest: int, expected: str | None
) -> None:
    log = FakeLog(9, oldest=oldest)
    assert await reason(Position("e", id), raw(hub), hub, log) == expected


async def test_log_that_was_pruned_beyond_the_hub_resets_events_alone(hub: Hub) -> None:
    for make, expected in ((raw, "too_old"), (panel, None)):
        log = FakeLog(20, oldest=15)
        assert await reason(Position("e", 10), make(hub), hub, log) == expected


async def test_epoch_of_the_log_is_looked_at_too(hub: Hub) -> None:
    log = FakeLog(12, epoch="f")
    assert await reason(Position("e", 10), raw(hub), hub, log) == "other_epoch"
    assert await reason(Position("f", 9), raw(hub), hub, log) == "other_epoch"


async def test_epoch_that_changes_while_the_log_is_asked(hub: Hub) -> None:
    class Restarting(FakeLog):
        async def head(self) -> Head:
            hub.start(Position("f", 2), "other_epoch")
            return await super().head()

    feed = raw(hub)
    log = Restarting(12, epoch="f")
    assert await reason(Position("e", 10), feed, hub, log) == "other_epoch"
