"""The newest bars of one timeframe in memory, read again after each snapshot."""

from pgstrike.api.chains.read_market import ReadMarket
from pgstrike.api.events.event import Event


class BarMarket(ReadMarket):
    """The version is that of the snapshot."""

    def version_of(self, event: Event) -> int:
        if event.topic != "snapshot":
            return 0
        version = event.body.get("version", 0)
        return version if isinstance(version, int) else 0
