"""Sources that send a day: each message has a number, and each figure tells it.

A message has the figures of six options, three strikes of one expiry. `expected` says what is
stored of message `n`; `number_of` finds the message that stored figures are of.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from tests.support.fast_clock import FastClock
from tests.support.feed_server import Act, FeedServer, Message, Peer, send_all, served

EXPIRY = date.today() + timedelta(days=30)
STRIKES = (24_500, 24_600, 24_700)
LEGS = ("call", "put")
TICK_SECONDS = 0.02  # between two messages
Figures = Mapping[str, float]


class Source:
    """What all share: a WebSocket that ticks, and the figures of a message."""

    kind: str
    symbol, exchange = "NIFTY", "NSE"
    strikes: ClassVar[Sequence[int]] = STRIKES
    unit = 75  # of OI
    secrets: ClassVar[Mapping[str, str]] = {}
    keeps_all = False  # whether each message is stored, also after a kill
    is_joint = True  # a snapshot is of one message

    def __init__(self, clock: FastClock, folder: Path) -> None:
        self.clock, self.folder = clock, folder
        self.sent = 0
        self.is_over = False
        # Values of names in modules of the process that reads it.
        self.places: dict[str, Any] = {}
        self.options: dict[str, str] = {"strikes": "all"}

    @property
    def contracts(self) -> list[tuple[int, str]]:
        return [(strike, leg) for strike in self.strikes for leg in LEGS]

    def next(self) -> int:
        """The number of the next message; after the day that of the last one."""
        self.sent += not self.is_over
        return self.sent

    def expected(self, number: int, place: int) -> Figures:
        """The figures of a contract that are stored after this message."""
        price = 10_000 + 5 * number + 1_000 * place  # hundredths
        return {
            "ltp": price / 100,
            "bid": (price - 10) / 100,
            "ask": (price + 10) / 100,
            "bid_qty": self.unit * (1 + number % 7),
            "ask_qty": self.unit * (1 + number % 5),
            "volume": self.unit * number,
            "oi": self.unit * (1_000 + number),
        }

    def number_of(self, oi: int) -> int:
        return oi // self.unit - 1_000

    @contextmanager
    def running(self) -> Iterator[None]:
        server = FeedServer(self.sockets(), self.answers())
        with served(server) as address:
            self.point(address, server)
            yield

    def sockets(self) -> dict[str, list[list[Act]]]:
        return {"/": [[self.ticking()]]}

    def ticking(self) -> Act:
        async def act(peer: Peer) -> None:
            while not self.is_over:
                await send_all(peer.socket, self.messages(self.next()))
                await asyncio.sleep(TICK_SECONDS)
            await send_all(peer.socket, self.messages(self.sent))
            await asyncio.Event().wait()

        return act

    def figures(self, number: int) -> list[Figures]:
        return [self.expected(number, place) for place in range(len(self.contracts))]

    def answers(self) -> dict[str, Any]:
        return {}

    def point(self, address: str, server: FeedServer) -> None:
        """Have the feed ask this server."""
        raise NotImplementedError

    def messages(self, number: int) -> Sequence[Message]:
        raise NotImplementedError


def socket_of(address: str) -> str:
    return address.replace("http", "ws", 1)
