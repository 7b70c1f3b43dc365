"""The connection to one server: its address, the key, and answers as bytes."""

from urllib.parse import urlsplit

import aiohttp

from pgstrike_client.closing import Closing
from pgstrike_client.query import Pairs
from pgstrike_client.responses import LOST, error_of, lost

PREFIX = "/v1"  # of every path
ANSWER_SECONDS = 60  # for a whole answer: the server ends a query after 30


class Connection:
    """A session with a server, from `open` to `close`."""

    def __init__(
        self, url: str, key: str | None, connector: aiohttp.BaseConnector | None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url is no address; give it as https://HOST:PORT")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("url has more than an address; give the key as key=...")
        self.url = url.rstrip("/") + PREFIX
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.closing = Closing()
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the client is not open; use `async with Client(...)`")
        return self._session

    def open(self) -> None:
        # Each stream holds a connection: aiohttp's limit of 100 would make the next one wait.
        connector = self._connector or aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector)

    async def close(self) -> None:
        self.closing.close()
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, query: Pairs = ()) -> str:
        return (await self.get_bytes(path, query)).decode(errors="replace")

    async def get_bytes(self, path: str, query: Pairs) -> bytes:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with self.session.get(
                self.url + path,
                params=list(query),
                headers=self.headers,
                timeout=timeout,
            ) as response:
                with self.closing.reading(response):
                    if error := await error_of(response):
                        raise error
                    return await response.read()
        except LOST as error:
            raise lost(error) from error
