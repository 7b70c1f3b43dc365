"""Finding the plug-in of a kind of feed."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeAlias

from pgstrike.db.errors import FeedError
from pgstrike.jobs.loading import LOADING

if TYPE_CHECKING:
    from pgstrike.jobs.live.plugin import Asked, Feed

GROUP = "pgstrike.feeds"
MakeFeed: TypeAlias = "Callable[[Asked], Feed]"


def kinds() -> list[str]:
    """The kinds of feeds that are installed."""
    return sorted(entry_points(group=GROUP).names)


def plugin_of(kind: str) -> MakeFeed:
    """What makes a feed of a kind; FeedError where it is not installed, or does not load."""
    found = entry_points(group=GROUP)
    if kind not in found.names:
        known = ", ".join(kinds()) or "none"
        raise FeedError(f"there is no kind of feed {kind!r}; there is {known}")
    try:
        with LOADING:
            make: MakeFeed = found[kind].load()
    except ImportError as error:
        raise FeedError(
            f"the plug-in {kind} does not load: {error}; install what it needs, such as "
            "pgstrike[feeds]"
        ) from error
    return make
