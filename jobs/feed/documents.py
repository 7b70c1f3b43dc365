"""JSON values of a file: one, or one a line, each perhaps after what a recorder wrote."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.lines import BLOCK, Stream
from pgstrike.jobs.feed.moments import epoch_time

MAX_BODY = 1 << 28
# `1626993723.80: {...}`, or with an address before the time.
RECORDED = re.compile(r"(?:[^{\[\n]*\s)?(\d{10}(?:\.\d+)?):\s+(?=[{\[])")
# Lines of a recorder's own.
SPOKEN = re.compile(r"wss?://\S+ <->? [^\n]*|configuration: [^\n]*")
BLANKS = re.compile(r"\s*")


class Document(NamedTuple):
    """A JSON value, and when it was received, where a recorder wrote that."""

    value: object
    received: int | None = None


def documents(stream: Stream) -> Iterator[Document]:
    """The JSON values of an opened file, in order.

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
    yield from values(text_of(tail))


def whole_lines(lines: bytes) -> list[Document] | None:
    """The values of lines that hold one each; None where the last goes on."""
    try:
        return list(values(text_of(lines)))
    except FeedError:
        return None


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
