"""aiohttp's parser of requests, without those that this server answers itself."""

from collections.abc import Callable
from typing import Any

from aiohttp import StreamReader
from aiohttp.http_parser import RawRequestMessage


class QuickParser:
    """aiohttp's parser, without the requests that are answered at once, or wait."""

    def __init__(
        self, parser: Any, answer: Callable[[RawRequestMessage, StreamReader], bool]
    ) -> None:
        self._parser = parser
        self._answer = answer

    def feed_data(self, data: bytes) -> tuple[Any, bool, bytes]:
        messages, upgraded, tail = self._parser.feed_data(data)
        if len(messages) == 1 and not upgraded and self._answer(*messages[0]):
            messages = ()
        return messages, upgraded, tail

    def message_consumed(self) -> None:
        """Called for each request: `__getattr__` would be slow."""
        self._parser.message_consumed()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)
