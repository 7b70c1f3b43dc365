"""What the feeds of lines share, however the lines come."""

from collections.abc import Sequence

from pgstrike.jobs.feed_kinds import NO_KINDS
from pgstrike.jobs.live.feeds.line_decoder import OPTIONS, LineDecoder
from pgstrike.jobs.live.plugin import Asked, Contract, Wire


class LineFeed:
    """A feed with some options of its own, beside those of LineDecoder."""

    kinds = NO_KINDS
    is_whole = False

    def __init__(self, asked: Asked, *options: str) -> None:
        asked.check_options(*options, *OPTIONS)
        self.asked = asked
        self.decoder = LineDecoder(asked)

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        """None: its batches say what they are of."""
        return ()
