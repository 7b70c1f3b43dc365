"""A parser of event streams, to the letter of the WHATWG text."""

import codecs
import re
from typing import NamedTuple

LINE_END = re.compile(r"\r\n|\n|\r")


class Message(NamedTuple):
    """An event as a browser would dispatch it."""

    type: str
    data: str
    id: str


class Parser:
    """Feed it bytes, cut anywhere; it returns what they dispatch."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry: int | None = None  # ms
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._after_cr = False
        self._rest = ""
        self._id = ""
        self._type = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Message]:
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        if self._after_cr:  # the CR ended its line already; its LF ends none
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *lines, self._rest = LINE_END.split(self._rest + text)
        found = (self._line(line) for line in lines)
        return [message for message in found if message is not None]

    def _line(self, line: str) -> Message | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Message | None:
        self.last_id = self._id
        data, self._data = self._data, []
        kind, self._type = self._type or "message", ""
        return Message(kind, "\n".join(data), self.last_id) if data else None
