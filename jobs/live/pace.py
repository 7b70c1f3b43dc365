"""How long a live feed waits, and is waited for."""

from typing import NamedTuple


class Pace(NamedTuple):
    """Seconds, unless another unit is said."""

    grid: float = 0.2  # between two snapshots of a symbol, at least
    beat: float = 1.0  # between two notes of how the feeds stand
    first: float = 0.5  # before a new try, at first; then ever longer, with jitter
    most: float = 30.0  # the longest of these
    refusals: int = 3  # tries in a row that the source refuses
    refused: float = 60.0  # after so many; a new secret is tried at once
    steady: float = 60.0  # a connection that lasted so long begins with `first` again
    asking: float = 60.0  # for the list of contracts
    silence: float = 15.0  # in a session, until the feed is connected anew
    patience: float = 3.0  # in a session, until another source takes over
    gaps: float = 3.0  # the same, in usual gaps between two messages of a slow source


def played(grid: float) -> Pace:
    """That of a recording: it waits for nothing, and nobody waits for it."""
    forever = float("inf")
    return Pace(
        grid=grid,
        beat=0.1,
        first=0.001,
        most=0.001,
        refused=0.0,
        steady=0.0,
        asking=forever,
        silence=forever,
    )
