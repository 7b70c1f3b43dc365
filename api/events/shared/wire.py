"""Records that the listening process sends: each has a number, and texts of notifications."""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

HEAD = struct.Struct("!IQ")  # the size of the texts, and the number
APART = b"\0"  # no text of Postgres has one
LEAVES = "listener leaves"  # the text to join another one


class Record(NamedTuple):
    """What one look at the database's socket brought."""

    number: int
    texts: list[str]


def packed(number: int, texts: Sequence[str]) -> bytes:
    body = APART.join(text.encode() for text in texts)
    return HEAD.pack(len(body), number) + body


class Unpacker:
    """Records out of bytes as they come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Record]:
        self._rest += chunk
        while len(self._rest) >= HEAD.size:
            size, number = HEAD.unpack_from(self._rest)
            end = HEAD.size + size
            if len(self._rest) < end:
                return
            body = bytes(self._rest[HEAD.size : end])
            del self._rest[:end]
            yield Record(number, [text.decode() for text in body.split(APART)])
