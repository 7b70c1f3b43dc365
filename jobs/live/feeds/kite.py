"""Kite Connect of Zerodha: ticks of contracts over a WebSocket, with OI and the best prices."""

import json
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from urllib.parse import urlencode

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.figures import at
from pgstrike.jobs.feed.instrument_list import Option
from pgstrike.jobs.feed.kite import SPOTS
from pgstrike.jobs.feed.lot_sizes import EXCHANGES as LOT_EXCHANGES
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.live.ending import ending
from pgstrike.jobs.live.feeds.answers import Secret, data_of, renewing
from pgstrike.jobs.live.feeds.joined import frames_of
from pgstrike.jobs.live.feeds.kite_packets import Tokens, decode
from pgstrike.jobs.live.feeds.listed import (
    Lists,
    check_count,
    choice_of,
    chosen,
    contract_of,
)
from pgstrike.jobs.live.feeds.lot_option import lots_of
from pgstrike.jobs.live.history import Candles, candles_of
from pgstrike.jobs.live.paced import Gets
from pgstrike.jobs.live.plugin import (
    Asked,
    Contract,
    Frame,
    Socket,
    Updates,
    Wire,
)

logger = logging.getLogger(__name__)

API = "https://api.kite.trade"
SOCKET = "wss://ws.kite.trade"
SOCKETS, TOKENS_EACH = 3, 3_000
LOGIN = {"api_key": "KITE_API_KEY", "access_token": "KITE_ACCESS_TOKEN"}
INDEX_NAMES = {symbol: name for name, symbol in SPOTS.items()}
BSE_INDICES = ("SENSEX", "BANKEX")
RENEW = (
    "Kite's token ends at 06:00 IST each day: log in, and put the new one into "
    "KITE_ACCESS_TOKEN, or into the file that KITE_ACCESS_TOKEN_FILE names"
)


class KiteFeed:
    """Kite's quotes of some symbols. It brings no IV and no Greeks."""

    kinds = Kinds(volume="session", oi="now")
    is_whole = False

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._choice = choice_of(asked, "lot")
        self._lots = lots_of(asked.options)
        self._units: dict[str, int] = {}  # by the key of a contract
        self._lists = Lists("kite", asked.symbols)

    async def contracts(self, wire: Gets) -> Sequence[Contract]:
        """The underlyings, then the options near the money, by today's list of instruments."""
        frame, found = await self._underlyings(wire)
        listed = self._lists.newest()
        if listed is None or not listed.is_current(frame.read_at):
            fetched = await fetch_list(wire, self._asked.secret)
            listed = await self._lists.take(fetched)
        spots = {each.symbol: price for each, price in found.items() if price > 0}
        near = chosen(listed, self._choice, frame.read_at, spots)
        options = [with_lot(option, self._lots) for option in near]
        self._units = {option.key: option.units for option in options}
        contracts = [*found, *map(contract_of, options)]
        check_count(contracts, SOCKETS * TOKENS_EACH, "Kite")
        return contracts

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[Updates]:
        """The ticks, until a connection ends, or the next list of instruments is out."""
        listed = self._lists.newest()
        tokens = [int(contract.key) for contract in contracts]
        known = Tokens(tokens, [self._units.get(each.key, 1) for each in contracts])
        params = {word: self._asked.secret(name) for word, name in LOGIN.items()}
        async with AsyncExitStack() as stack:
            sockets = []
            for start in range(0, len(tokens), TOKENS_EACH):
                with renewing(RENEW):
                    opening = wire.socket(SOCKET, params=params)
                    sockets.append(await stack.enter_async_context(opening))
                await subscribe(sockets[-1], tokens[start : start + TOKENS_EACH])
            joined = ending(frames_of(sockets))
            async for frame in await stack.enter_async_context(joined):
                if frame.data[:1] == b"{":
                    note_text(frame.data, params.values())
                    continue
                found = decode(frame.data, known)
                if len(found.rows) or found.rejects:
                    yield Updates(frame.read_at, *found)
                if listed is not None:
                    listed.check_current(frame.read_at)

    async def candles(
        self, wire: Gets, key: str, first: date, last: date, today: date
    ) -> Candles:
        """The candles of some days, 60 at most: so many Kite gives at once."""
        span = {"from": f"{first} 00:00:00", "to": f"{last} 23:59:59", "oi": "1"}
        url = f"{API}/instruments/historical/{key}/minute"
        frame = await get(wire, url, self._asked.secret, span)
        candles = candles_of(data_of(frame.data, "Kite", dict), "Kite")
        for name in ("volume", "oi"):
            candles[name] *= self._units.get(key, 1)
        return candles

    async def _underlyings(self, wire: Gets) -> tuple[Frame, dict[Contract, float]]:
        """The answer of `/quote/ltp`, and the contract and price of each underlying in it."""
        names = {index_name(symbol): symbol for symbol in self._asked.symbols}
        url = f"{API}/quote/ltp?{urlencode([('i', name) for name in names])}"
        frame = await get(wire, url, self._asked.secret)
        found = {}
        for name, row in data_of(frame.data, "Kite", dict).items():
            token, price = at(row, "instrument_token"), at(row, "last_price")
            if name in names and isinstance(token, int):
                contract = Contract(str(token), names[name], "underlying")
                found[contract] = price if isinstance(price, int | float) else 0.0
        return frame, found


def with_lot(option: Option, lots: Mapping[str, int] | int) -> Option:
    """The option with the lot that is given, where Kite counts its contracts in lots.

    FeedError where no lot is known.
    """
    listed = option.listed
    if listed.exchange not in LOT_EXCHANGES or listed.lot != option.units:
        return option
    given = lots if isinstance(lots, int) else lots.get(listed.symbol)
    if given is None and listed.lot == 1:
        raise FeedError(
            f"Kite counts {listed.symbol} in lots, and the units of a lot are not known; set "
            f"the option lot={listed.symbol}=N"
        )
    lot = given or listed.lot
    return option._replace(listed=listed._replace(lot=lot), units=lot)


async def fetch_list(wire: Gets, secret: Secret) -> Frame:
    """Today's list of instruments, of all exchanges."""
    return await get(wire, f"{API}/instruments", secret)


async def get(
    wire: Gets, url: str, secret: Secret, params: Mapping[str, str] | None = None
) -> Frame:
    key, token = map(secret, LOGIN.values())
    headers = {"X-Kite-Version": "3", "Authorization": f"token {key}:{token}"}
    with renewing(RENEW):
        return await wire.get(url, params=params, headers=headers)


def index_name(symbol: str) -> str:
    """Kite's name of an underlying: of an index, else of a share."""
    exchange = "BSE" if symbol in BSE_INDICES else "NSE"
    return f"{exchange}:{INDEX_NAMES.get(symbol, symbol)}"


async def subscribe(socket: Socket, tokens: Sequence[int]) -> None:
    """Ask for the packets with depth and OI."""
    await socket.send(json.dumps({"a": "subscribe", "v": tokens}))
    await socket.send(json.dumps({"a": "mode", "v": ["full", tokens]}))


def note_text(message: bytes, secrets: Iterable[str]) -> None:
    """Log what Kite says of an error. Orders, and its other messages, are passed over."""
    text = message.decode(errors="backslashreplace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = {"type": "error", "data": text}
    if at(said, "type") == "error":
        data = str(at(said, "data"))
        for secret in secrets:
            data = data.replace(secret, "...")
        logger.warning("Kite says: %r", data[:200])


def kite(asked: Asked) -> KiteFeed:
    """The plug-in."""
    return KiteFeed(asked)
