"""The protocol of Redis, version 2: requests as bytes, and replies out of bytes."""

from typing import TypeAlias

from pgstrike.db.errors import PgstrikeError

Reply: TypeAlias = "bytes | int | RedisError | list[Reply] | None"
MOST_DEEP = 8  # levels of lists in lists


class RedisError(PgstrikeError):
    """What Redis refused, in its words."""


class IncompleteError(Exception):
    """The rest of a reply has still to come."""


def encode(*parts: str | int | bytes) -> bytes:
    """A request: its name and its arguments."""
    texts = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    lines = [b"*%d\r\n" % len(texts)]
    lines += [b"$%d\r\n%b\r\n" % (len(text), text) for text in texts]
    return b"".join(lines)


def parse(data: bytes | bytearray, at: int = 0, deep: int = 0) -> tuple[Reply, int]:
    """The reply that begins at a place, and where it ends.

    IncompleteError where its end is missing, ValueError where it is none.
    """
    end = data.find(b"\r\n", at)
    if end < 0:
        raise IncompleteError
    kind, text, at = data[at : at + 1], bytes(data[at + 1 : end]), end + 2
    match bytes(kind):
        case b"+":
            return text, at
        case b"-":
            return RedisError(text.decode(errors="replace")), at
        case b":":
            return int(text), at
        case b"$":
            return string(data, at, int(text))
        case b"*" if deep < MOST_DEEP:
            return items(data, at, int(text), deep)
    raise ValueError("the server does not answer as Redis does")


def string(data: bytes | bytearray, at: int, size: int) -> tuple[Reply, int]:
    if size < 0:
        return None, at
    if len(data) < at + size + 2:
        raise IncompleteError
    return bytes(data[at : at + size]), at + size + 2


def items(data: bytes | bytearray, at: int, count: int, deep: int) -> tuple[Reply, int]:
    if count < 0:
        return None, at
    found: list[Reply] = []
    for _ in range(count):
        item, at = parse(data, at, deep + 1)
        found.append(item)
    return found, at
