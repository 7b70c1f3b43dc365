"""The client: one server, one key, any number of streams and requests."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from types import TracebackType
from urllib.parse import quote

import aiohttp

from pgstrike_client.answer import Answer, Metric, event_of, parse_metrics
from pgstrike_client.connection import Connection
from pgstrike_client.panel import PanelStream
from pgstrike_client.query import (
    Expiries,
    Pairs,
    Values,
    Words,
    dates,
    listed,
    pairs,
)
from pgstrike_client.sse import MAX_FRAME_BYTES, Event
from pgstrike_client.stream import Stream
from pgstrike_client.timing import Timing


class Client:
    """Use it as `async with Client(url, key=...) as client:`.

    `url` is the server's address, for example http://127.0.0.1:8765, or that of a proxy's
    folder. The key is sent in a header. `connector` is aiohttp's, for TLS settings of your
    own. `max_frame_bytes` bounds what a stream keeps of one event.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        connector: aiohttp.BaseConnector | None = None,
        timing: Timing | None = None,
        max_frame_bytes: int = MAX_FRAME_BYTES,
    ) -> None:
        self._connection = Connection(url, key, connector)
        self._timing = timing
        self._max_frame_bytes = max_frame_bytes

    async def __aenter__(self) -> "Client":
        self._connection.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. Streams that are being read end."""
        await self._connection.close()

    def stream(
        self,
        *,
        symbol: Words = None,
        topic: Words = None,
        expiry: Expiries = None,
        after: str | None = None,
        snapshot: Callable[[], Awaitable[Answer]] | None = None,
        on_mode: Callable[[str], None] | None = None,
    ) -> Stream:
        """The events as the server's log has them, each once and in order.

        None means all. Topics are chain, snapshot, rollup, metrics, task, ops, alert and
        prediction. `after` is the id of an event or answer to go on from; without it the
        stream begins now.

        `snapshot` reads an answer, for example `lambda: client.metric("chain",
        symbol="NIFTY")`. That answer comes first, again after each reset, and while streaming
        is impossible, as an event of type `snapshot`. Without it a reset comes as an event of
        type `reset`: read again whatever you keep.
        """
        query = pairs(symbol=symbol, topic=topic, expiry=dates(expiry))
        return self._stream(query, after=after, snapshot=snapshot, on_mode=on_mode)

    def panel(
        self,
        symbols: str | Iterable[str],
        *,
        expiry: Expiries = None,
        strikes: str | None = None,
        fields: Words = None,
        interval: int | None = None,
        timeframe: str = "live",
        topic: Words = None,
        on_event: Callable[[Event], None] | None = None,
        on_mode: Callable[[str], None] | None = None,
    ) -> PanelStream:
        """A part of the chains, kept up to date: `async for panel in client.panel(...)`.

        `expiry` takes dates, "front" and "next"; None is every live expiry. `strikes` is
        "atm:10" (10 levels each side of the money) or "24000..25000". `fields` are columns
        of the chain, for example ["ltp", "call_oi"]; a name without its leg is both legs.
        `interval` is in ms: changes come at most so often, and 0 is each event. `timeframe`
        is "live", or the newest bars: "1min", "5min", "15min".

        `on_event` is called with the events of other topics that `topic` asks for, and with
        each reset. A reset needs no action: the new state follows it.
        """
        query = panel_query(
            symbols, topic, expiry, strikes, fields, interval, timeframe
        )
        return PanelStream(
            self._stream(query, poll=lambda: self._panel_state(query), on_mode=on_mode),
            on_event,
        )

    async def change_stream(
        self,
        stream: Stream,
        *,
        symbol: Words = None,
        topic: Words = None,
        expiry: Expiries = None,
    ) -> None:
        """Have a stream go on with other events: none is missed in between."""
        await stream.change(pairs(symbol=symbol, topic=topic, expiry=dates(expiry)))

    async def change_panel(
        self,
        panel: PanelStream,
        symbols: str | Iterable[str],
        *,
        expiry: Expiries = None,
        strikes: str | None = None,
        fields: Words = None,
        interval: int | None = None,
        timeframe: str = "live",
        topic: Words = None,
    ) -> None:
        """Have a panel go on as another one; until that is there it shows the old one."""
        query = panel_query(
            symbols, topic, expiry, strikes, fields, interval, timeframe
        )
        await panel.stream.change(query, lambda: self._panel_state(query))

    async def _panel_state(self, query: Pairs) -> Event:
        """The whole state of a panel, as the event with which its stream begins."""
        text = await self._connection.get("/panel", query)
        return Event("snapshot", text, event_of(text))

    async def metric(
        self,
        name: str,
        *,
        symbol: str,
        expiry: Expiries = None,
        at: datetime | None = None,
        **others: Values,
    ) -> Answer:
        """A metric's rows. `metrics()` lists the names, their parameters and columns.

        `expiry` takes one or several: dates, "front", "next", "all"; None is every live one.

        `at` is an instant with a time zone; None is now. `others` are parameters of that
        metric alone, for example `over=timedelta(minutes=15)` of oi_change.
        """
        query = pairs(symbol=symbol, expiry=dates(expiry), at=at, **others)
        return await self._answer(f"/metrics/{quote(name, safe='')}", query)

    async def arrow(
        self,
        name: str,
        *,
        symbol: str,
        expiry: Expiries = None,
        at: datetime | None = None,
        **others: Values,
    ) -> bytes:
        """The rows of `metric` as an Arrow stream: pyarrow.ipc.open_stream reads it."""
        query = pairs(
            symbol=symbol, expiry=dates(expiry), at=at, format="arrow", **others
        )
        return await self._connection.get_bytes(
            f"/metrics/{quote(name, safe='')}", query
        )

    async def metrics(self) -> list[Metric]:
        """Which metrics there are, what they take and what they answer."""
        return parse_metrics(await self._connection.get("/metrics"))

    async def strike_distribution(
        self,
        symbol: str,
        *,
        expiry: Expiries = None,
        indicator: str = "oi",
        strikes: str | None = None,
        timeframe: str = "live",
    ) -> Answer:
        """One indicator by strike. One row per expiry and strike, with call and put.

        Indicators are oi, ltp, iv, volume and other columns of the chain without their leg.
        `strikes` is "atm:10". `timeframe` is live, 1min, 5min or 15min.
        """
        query = pairs(
            symbol=symbol,
            expiry=dates(expiry),
            indicator=indicator,
            strikes=strikes,
            timeframe=timeframe,
        )
        return await self._answer("/strike-distribution", query)

    async def moneyness_series(
        self,
        symbol: str,
        *,
        expiry: Expiries = None,
        indicator: str = "oi",
        strikes: str | None = None,
        timeframe: str = "5min",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Answer:
        """One indicator over time, by moneyness level: 0 stays at the money.

        One row per expiry, level and bucket, from `start` (included) to `end` (not).
        """
        query = pairs(
            symbol=symbol,
            expiry=dates(expiry),
            indicator=indicator,
            strikes=strikes,
            timeframe=timeframe,
            **{"from": start, "to": end},
        )
        return await self._answer("/moneyness-series", query)

    def _stream(
        self,
        query: Pairs,
        *,
        after: str | None = None,
        snapshot: Callable[[], Awaitable[Answer]] | None = None,
        poll: Callable[[], Awaitable[Event]] | None = None,
        on_mode: Callable[[str], None] | None = None,
    ) -> Stream:
        connection = self._connection
        return Stream(
            connection.session,
            f"{connection.url}/stream",
            query=query,
            headers=connection.headers,
            snapshot=snapshot,
            poll=poll,
            after=after,
            on_mode=on_mode,
            timing=self._timing,
            max_frame_bytes=self._max_frame_bytes,
            closing=connection.closing,
        )

    async def _answer(self, path: str, query: Pairs) -> Answer:
        return Answer.parse(await self._connection.get(path, query))


def panel_query(
    symbols: str | Iterable[str],
    topic: Words,
    expiry: Expiries,
    strikes: str | None,
    fields: Words,
    interval: int | None,
    timeframe: str,
) -> Pairs:
    return pairs(
        symbol=symbols,
        topic=topic,
        expiry=dates(expiry),
        strikes=strikes,
        fields=listed(fields),
        interval=interval,
        timeframe=timeframe,
    )
