"""What a feed is told of the calendar."""

from typing import NamedTuple


class Calendar(NamedTuple):
    """What the calendar says of the feed's symbols."""

    is_open: bool
    listing_day: str
