"""What a live feed is: the contract between pgstrike and a plug-in.

A plug-in is an entry point of the group `pgstrike.feeds`: a function that takes Asked and gives
a Feed. The feed lists its contracts, and yields their updates; how bytes become arrays is in
pure functions. All else is pgstrike's: snapshots on a grid, new tries, the watchdog, the choice
among several sources, storing, and the recording of raw frames, which Wire does.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.quote import LEG_FLOATS, LEG_INTS, UNKNOWN, QuoteBatch, Reject

# The figures of one leg (or of the underlying, as `underlying`); the bit of each in `present`.
FIGURES = ("underlying", "forward", *LEG_FLOATS, *LEG_INTS)
BIT = {name: 1 << place for place, name in enumerate(FIGURES)}

# One message about one contract. A figure whose bit is missing is as it was before; one that is
# present and NaN or UNKNOWN is unknown from now on. Times and units are those of QUOTE.
UPDATE = np.dtype(
    [
        ("contract", np.int32),  # index into the contracts that the feed listed
        ("exchange_time", np.int64),  # UNKNOWN where the message brings none
        ("present", np.uint32),
        *((name, np.float64) for name in ("underlying", "forward", *LEG_FLOATS)),
        *((name, np.int64) for name in LEG_INTS),
    ]
)


class Contract(NamedTuple):
    """One contract as its source names it.

    `key` is the source's own name or token. `expiry` counts days since 2000-01-01; it and
    `strike` are None for the underlying, whose `ltp` is its price. `lot` is in units, None
    where the source does not say; `unit` is what one unit of volume and OI stands for.
    """

    key: str
    symbol: str
    leg: Literal["call", "put", "underlying"]
    expiry: int | None = None
    strike: float | None = None
    lot: int | None = None
    unit: float = 1.0


class Updates(NamedTuple):
    """Messages that were read at one time: `rows` are UPDATE, in the order they came.

    `read_at` is microseconds since 2000-01-01 UTC. `rejects` are messages that cannot be used.
    """

    read_at: int
    rows: npt.NDArray[np.void]
    rejects: Sequence[Reject] = ()


class Frame(NamedTuple):
    """Bytes as they came, and when: microseconds since 2000-01-01 UTC."""

    read_at: int
    data: bytes


class Socket(Protocol):
    """An open WebSocket."""

    async def send(self, data: bytes | str) -> None:
        """Text as a text frame, bytes as a binary one."""

    def __aiter__(self) -> AsyncIterator[Frame]:
        """The messages until the other side closes; OSError where the connection breaks."""


class Wire(Protocol):
    """The way to the source. It records what comes, or plays what was recorded.

    A refused request (401, 403) raises RefusedError, another failure OSError or FeedError.
    No address with a secret in it is ever logged: give secrets in `params` or `headers`.
    """

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        """The body of an answer."""

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Frame:
        """The body of an answer."""

    def socket(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Socket]:
        """A WebSocket."""

    def through(self, name: str, source: AsyncIterator[bytes]) -> AsyncIterator[Frame]:
        """The frames of a source that is neither; a replay never asks the source."""

    async def sleep(self, seconds: float) -> None:
        """Wait between two requests. A replay does not wait."""


class Asked(NamedTuple):
    """What the user asked of a feed: its row in job.feed.

    `options` are words of the feed's own. `secret(NAME)` reads the environment, or the file
    that NAME_FILE names, each time anew; FeedError names the variable where it is missing.
    `positions()` is how far its batches are stored, by stream, for a feed that goes on where
    it stopped; it asks the database, and is to be asked anew at each connection.
    `left_out()` counts the quotes of its whole chains that were not stored: the row does not
    list their symbol, or another source is in charge of it.
    """

    name: str
    symbols: Sequence[str]
    options: Mapping[str, str]
    secret: Callable[[str], str]
    positions: Callable[[], Mapping[str, str]] = dict
    left_out: Callable[[], int] = int

    def check_options(self, *known: str) -> None:
        """FeedError where one is none of these."""
        if unknown := sorted({*self.options} - {*known}):
            raise FeedError(
                f"the feed {self.name} has no option {unknown[0]}; it has "
                f"{', '.join(known)}"
            )


class Feed(Protocol):
    """One source of quotes."""

    kinds: Kinds  # what it says of volume and OI
    is_whole: bool  # each of its chains: a contract that is missing is delisted

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        """What it can tell of the symbols; asked anew at each connection. May be empty for
        a feed that yields whole chains."""

    def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates | QuoteBatch]:
        """Messages, or whole chains, as they come. When it ends, the feed is connected anew.

        A whole chain is stored before the next item is asked for: what follows its `yield`
        may acknowledge it, where `Asked.left_out` has not grown. Volume and OI are in units:
        multiply lots and `unit`s first.
        """


class RefusedError(FeedError):
    """The source refuses: a key or a day token is wrong or over. The text says what to do."""


def unknown_update() -> npt.NDArray[np.void]:
    """One UPDATE row in which nothing is present and everything unknown."""
    row = np.zeros(1, UPDATE)
    for name in FIGURES:
        row[name] = np.nan if UPDATE[name].kind == "f" else UNKNOWN
    row["exchange_time"] = UNKNOWN
    return row


ONE_UNKNOWN = unknown_update()


def updates_of(count: int) -> npt.NDArray[np.void]:
    """So many of them."""
    return np.repeat(ONE_UNKNOWN, count)
