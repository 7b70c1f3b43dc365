"""The days of feeds of NDJSON, which differ in how the lines travel."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from pgstrike.jobs.feed.ndjson import iso_time
from tests.support.day_sources.source import EXPIRY, TICK_SECONDS, Source, socket_of
from tests.support.fast_clock import FastClock
from tests.support.feed_server import FeedServer, Message
from tests.support.redis_server import RedisServer, redis_server


class Lines(Source):
    """A WebSocket of NDJSON. The others of lines differ in how these travel."""

    kind = "websocket"

    def point(self, address: str, server: FeedServer) -> None:
        self.options = {"url": f"{socket_of(address)}/"}

    def messages(self, number: int) -> Sequence[Message]:
        return [self.lines(number)]

    def lines(self, number: int) -> str:
        figures = iter(self.figures(number))
        common = {
            "quote_time": iso_time(self.clock.now()),
            "symbol": self.symbol,
            "expiry": EXPIRY.isoformat(),
        }
        quotes = (
            {**common, "strike": strike, "call": next(figures), "put": next(figures)}
            for strike in self.strikes
        )
        return "".join(json.dumps(quote) + "\n" for quote in quotes)


class Written(Lines):
    """A thread writes the lines, also while no feed reads them."""

    pause = TICK_SECONDS

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = Event()
        with ExitStack() as stack:
            write, done = self.writer(stack), set[int]()

            def written() -> None:
                while not stop.is_set() and (number := self.next()) not in done:
                    write(number, self.lines(number))
                    done.add(number)
                    stop.wait(self.pause)

            thread = Thread(target=written)
            thread.start()
            stack.callback(thread.join)
            stack.callback(stop.set)
            yield

    def writer(self, stack: ExitStack) -> Any:
        raise NotImplementedError


class Folder(Written):
    kind = "folder"
    keeps_all = True
    pause = 0.5

    def writer(self, stack: ExitStack) -> Any:
        self.options = {"path": str(self.folder), "still": "0.1"}

        def write(number: int, lines: str) -> None:
            (self.folder / f"{number:06}.ndjson").write_text(lines)

        return write


class RedisStream(Written):
    kind = "redis-stream"
    option = "streams"
    keeps_all = True

    def __init__(self, clock: FastClock, folder: Path) -> None:
        super().__init__(clock, folder)
        self.options = {self.option: "quotes"}

    def writer(self, stack: ExitStack) -> Any:
        server: RedisServer = stack.enter_context(redis_server())
        client = stack.enter_context(server.client())
        self.secrets = {"REDIS_URL": server.url}
        return lambda number, lines: self.put(client, lines)

    def put(self, client: Any, lines: str) -> None:
        client.xadd("quotes", {"data": lines})


class RedisChannel(RedisStream):
    """A channel of Redis: it loses what comes while no feed listens."""

    kind = "redis"
    option = "channels"
    keeps_all = False

    def put(self, client: Any, lines: str) -> None:
        client.publish("quotes", lines)
