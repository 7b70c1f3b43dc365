"""The part of the calendar that a live feed needs."""

from typing import NamedTuple


class Calendar(NamedTuple):
    """Whether an exchange of its symbols is open, and the day of the list of contracts."""

    is_open: bool
    listing_day: str
