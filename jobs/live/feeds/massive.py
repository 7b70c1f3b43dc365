"""Massive (formerly Polygon): the whole chains of US underlyings, at an interval."""

import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed import massive as body
from pgstrike.jobs.feed.batches import SymbolCodes, finished
from pgstrike.jobs.feed.bodies import parse_quotes
from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.table_columns import joined_legs
from pgstrike.jobs.live.plugin import Asked, Contract, Frame, Wire
from pgstrike.jobs.quote import QuoteBatch

logger = logging.getLogger(__name__)

SNAPSHOT = "https://api.massive.com/v3/snapshot/options/"
# Only these get the key: the address of the next page is in an answer.
HOSTS = ("api.massive.com", "api.polygon.io")
PAGE_ROWS, MOST_PAGES = "250", 400


class Massive:
    """One request a page, all pages of a symbol, then the next symbol."""

    kinds = body.KINDS
    is_whole = True

    def __init__(self, asked: Asked) -> None:
        asked.check_options("interval", "root", "indices")
        self._asked = asked
        self._interval = interval_of(asked.options)
        self._root = asked.options.get("root")
        self._indices = frozenset(asked.options.get("indices", "").split())
        if others := sorted(self._indices - {*asked.symbols}):
            raise FeedError(f"indices has {others[0]}, which is no symbol of this feed")
        self._warned: set[str] = set()

    async def contracts(self, wire: Wire) -> Sequence[Contract]:
        return ()

    async def updates(
        self, wire: Wire, contracts: Sequence[Contract]
    ) -> AsyncIterator[QuoteBatch]:
        while True:
            for symbol in self._asked.symbols:
                rows, read_at = await self._rows(wire, symbol)
                self._warn(symbol, rows)
                yield chain_of(rows, Facts(symbol, None, read_at))
            await wire.sleep(self._interval)

    async def _rows(self, wire: Wire, symbol: str) -> tuple[list[Any], int]:
        """The results of all pages; a chain of which a page is missing is not given."""
        key = self._asked.secret("MASSIVE_API_KEY")
        headers = {"Authorization": f"Bearer {key}"}
        name = f"I:{symbol}" if symbol in self._indices else symbol
        url: str | None = SNAPSHOT + quote(name)
        params: Mapping[str, str] | None = {"limit": PAGE_ROWS}
        rows: list[Any] = []
        for _ in range(MOST_PAGES):
            assert url is not None
            frame = await wire.get(url, params=params, headers=headers)
            found, url = page_of(frame)
            rows += found
            if url is None:
                break
            params = None  # they are in the address of the next page
        else:
            raise FeedError(f"{symbol} has more than {MOST_PAGES} pages of contracts")
        if self._root:
            rows = [row for row in rows if body.root_of(row) == self._root]
        if not rows:
            raise FeedError(f"Massive has no option of {symbol}; look at its name")
        return rows, frame.read_at

    def _warn(self, symbol: str, rows: Sequence[Any]) -> None:
        """Say once that options are American, where we may have to solve their IV."""
        lacks = any(
            body.is_american(row) and row.get("implied_volatility") is None
            for row in rows
        )
        if lacks and symbol not in self._warned:
            self._warned.add(symbol)
            logger.warning(
                "%s has American options. Where Massive gives no IV, it is solved by "
                "Black-76, which assumes exercise at expiry only",
                symbol,
            )


def massive(asked: Asked) -> Massive:
    """The feed `massive`. Options: interval (60, seconds), root (SPXW of SPX, say), indices."""
    return Massive(asked)


def interval_of(options: Mapping[str, str]) -> float:
    """Seconds between two rounds."""
    said = options.get("interval", "60")
    if not (said.isascii() and said.isdecimal() and 0 < int(said) <= 3600):
        raise FeedError(f"interval is {said!r}; give whole seconds from 1 to 3600")
    return float(said)


def page_of(frame: Frame) -> tuple[list[Any], str | None]:
    """The results of a page, and the address of the next one."""
    try:
        value = json.loads(frame.data)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"Massive's answer is not JSON: {frame.data[:80]!r}") from error
    rows = value.get("results") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        said = (
            value.get("error") or value.get("message")
            if isinstance(value, dict)
            else ""
        )
        raise FeedError(f"Massive's answer has no results: {str(said)[:120]}")
    following = value.get("next_url")
    if not following:
        return rows, None
    parts = urlsplit(str(following))
    if parts.scheme != "https" or parts.hostname not in HOSTS:
        raise FeedError(f"Massive's next page is on {parts.hostname}; it is not asked")
    return rows, str(following)


def chain_of(rows: Sequence[Any], facts: Facts) -> QuoteBatch:
    """The quotes of all pages: both legs of a strike in one row."""
    symbol = (facts.symbol or "").removeprefix("I:")
    wanted = facts._replace(symbol=symbol)
    codes = SymbolCodes()
    known = [row for row in rows if isinstance(row, dict)]
    parsed = parse_quotes(body.quotes({"results": known}, None, wanted), None, codes)
    return finished(joined_legs(parsed), codes)._replace(kinds=body.kinds_of(known))
