"""For how long a symbol has been silent, whatever the times in its messages say."""

from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.live.heard import SymbolsHeard

WALL = 1_000_000 * SECOND


def looked(heard: SymbolsHeard, read_at: float, now: float) -> float:
    """The silence at a look; all times count from the beginning of the connection."""
    newest = {"NIFTY": WALL + round(read_at * SECOND)}
    return round(heard.silent(newest, WALL + round(now * SECOND), now)["NIFTY"], 3)


def test_silence_is_counted_from_the_newest_message() -> None:
    heard = SymbolsHeard(0)
    assert looked(heard, read_at=0.8, now=1) == 0.2
    assert looked(heard, read_at=0.8, now=2) == 1.2
    assert looked(heard, read_at=2.5, now=3) == 0.5


def test_silence_while_nobody_looked_counts() -> None:
    """The database was away for a minute, and the source fell silent meanwhile."""
    heard = SymbolsHeard(0)
    assert looked(heard, read_at=0.8, now=1) == 0.2
    assert looked(heard, read_at=20, now=61) == 41


def test_message_of_before_came_after_the_look_before() -> None:
    """Of a recording, or of a source that delays its quotes."""
    for past in (5, 60, 10_000_000):
        heard = SymbolsHeard(0)
        assert looked(heard, read_at=0.1 - past, now=0.1) == 0.1
        assert looked(heard, read_at=0.1 - past, now=1) == 1
        assert looked(heard, read_at=1.9 - past, now=2) == 1


def test_wall_clock_that_jumps_does_not_count() -> None:
    heard = SymbolsHeard(0)
    assert looked(heard, read_at=3600, now=1) == 0
    assert looked(heard, read_at=3600, now=4) == 3
