"""A parser of event streams, to the letter of the WHATWG text."""

import codecs
import json
import re
from typing import Any, NamedTuple

from pgstrike_client.errors import FrameTooLongError

LINE_END = re.compile(r"\r\n|\n|\r")
MAX_FRAME_BYTES = 64 * 1024 * 1024
RETRY = re.compile(r"[0-9]{1,9}")  # ms; longer ones are no wait that anybody means


class Event(NamedTuple):
    """An event of the stream. `id` is opaque; give it as `after` to go on from here."""

    type: str
    data: str
    id: str

    @property
    def body(self) -> Any:
        """`data`, parsed as JSON."""
        return json.loads(self.data)


class Parser:
    """Feed it bytes, cut anywhere; it returns the events that they complete.

    It keeps at most `max_frame_bytes` of a frame that has not ended, and raises
    FrameTooLongError beyond that.
    """

    def __init__(
        self, last_id: str = "", *, max_frame_bytes: int = MAX_FRAME_BYTES
    ) -> None:
        self.last_id = last_id
        self.has_id = False  # whether a frame of this stream had an id
        self.retry: int | None = None  # ms
        self._most = max_frame_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._after_cr = False
        self._line: list[str] = []  # the pieces of a line that has not ended
        self._held = 0  # bytes that came since a frame ended, less lines not kept
        self._id: str | None = None
        self._type = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        if self._after_cr:  # the CR ended its line already; its LF ends none
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *ended, rest = LINE_END.split(text)
        events = []
        for line in ended:
            self._keep(line)
            whole, self._line = "".join(self._line), []
            event = self._read(whole)
            if event is not None:
                events.append(event)
        self._keep(rest)
        return events

    def _keep(self, piece: str) -> None:
        if piece:
            self._line.append(piece)
            self._held += len(piece)
            if self._held > self._most:
                raise FrameTooLongError(self._most)

    def _read(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            return None
        if field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and RETRY.fullmatch(value):
            self.retry = int(value)
        self._held -= len(line)
        return None

    def _dispatch(self) -> Event | None:
        if self._id is not None:
            self.last_id, self._id, self.has_id = self._id, None, True
        data, self._data = self._data, []
        kind, self._type = self._type or "message", ""
        self._held = 0
        return Event(kind, "\n".join(data), self.last_id) if data else None
