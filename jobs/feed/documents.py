"""JSON values of a file: one, or one a line, each perhaps after what a recorder wrote.

A list of objects counts as its elements.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import BLOCK, Stream, line_text
from pgstrike.jobs.feed.moments import epoch_time

MAX_BODY = 1 << 28
# `1626993723.80: {...}`, or with an address before the time.
RECORDED = re.compile(r"(?:[^{\[\n]*\s)?(\d{10}(?:\.\d+)?):\s+(?=[{\[])")
# Lines of a recorder's own.
SPOKEN = re.compile(r"wss?://\S+ <->? [^\n]*|configuration: [^\n]*")
BLANKS = re.compile(r"\s*")


class Document(NamedTuple):
    """A JSON value, and when it was received, where a recorder wrote that.

    Of a line that holds no value `value` is its text, and `fault` says why.
    """

    value: object
    received: int | None = None
    fault: FeedError | None = None

    def elements(self) -> list["Document"]:
        """Those of a list of objects; else itself."""
        found = self.value if isinstance(self.value, list) else []
        if any(isinstance(each, dict) for each in found):
            return [self._replace(value=each) for each in found]
        return [self]


def documents(stream: Stream) -> Iterator[Document]:
    """The JSON values of an opened file, in order."""
    for document in read_values(stream):
        yield from document.elements()


def read_values(stream: Stream) -> Iterator[Document]:
    """The values as they stand.

    A value a line is given on line by line; one that is spread over lines is read whole.
    """
    tail, tried = b"", 0
    while block := stream.read1(BLOCK):
        tail += block
        done, newline, rest = tail.rpartition(b"\n")
        if not newline or len(tail) < 2 * tried:
            continue
        if (found := whole_lines(done)) is not None:
            yield from found
            tail, tried = rest, 0
        elif (tried := len(tail)) > MAX_BODY:
            raise FeedError(f"JSON of more than {MAX_BODY >> 20} MiB; divide the file")
    found = whole_lines(tail)
    yield from values(text_of(tail)) if found is None else found


def whole_lines(lines: bytes) -> list[Document] | None:
    """The values of lines that hold one each; None where the last goes on."""
    try:
        return list(values(text_of(lines)))
    except FeedError:
        return line_by_line(lines)


def line_by_line(lines: bytes) -> list[Document] | None:
    """The same, with the faults of some; None unless the last and most others hold a value."""
    found = list[Document]()
    for line in filter(bytes.strip, lines.split(b"\n")):
        try:
            found += values(text_of(line))
        except FeedError as error:
            found.append(Document(line_text(line), fault=error))
    faults = sum(each.fault is not None for each in found)
    is_by_line = found[-1:] and not found[-1].fault and faults < len(found) / 2
    return found if is_by_line else None


def text_of(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FeedError(f"JSON that is not UTF-8: {error.reason}") from error


def values(text: str) -> Iterator[Document]:
    """The values that a text holds, one after the other."""
    decoder = json.JSONDecoder()
    at = end_of(BLANKS, text, 0)
    while at < len(text):
        if spoken := SPOKEN.match(text, at):
            at = end_of(BLANKS, text, spoken.end())
            continue
        recorded = RECORDED.match(text, at)
        try:
            value, at = decoder.raw_decode(text, recorded.end() if recorded else at)
        except (ValueError, RecursionError) as error:
            raise FeedError(f"not JSON throughout: {error}") from error
        yield Document(value, epoch_time(float(recorded[1])) if recorded else None)
        at = end_of(BLANKS, text, at)


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
