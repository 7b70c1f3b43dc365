"""Frames as they travel: encoded once for all readers, in pieces that fit together.

Every block of a coding stands for itself, so a reader may join before any of them: with
gzip, raw deflate that ends with a full flush, behind a header of the reader's own; with
zstd, a whole frame. Members of gzip one after the other would be shorter to write down, and
curl takes only the first of them.
"""

import sys
import zlib
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pgstrike.api.wire.accept_encoding import coding_for

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor

Coding: TypeAlias = Literal["identity", "gzip", "zstd"]

OFFERED: tuple[Coding, ...] = ("zstd", "gzip")  # the cheapest first

GZIP_LEVEL = 3
ZSTD_LEVEL = 1
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # no time, no name, whatever system
LAST_DEFLATE_BLOCK = b"\x03\0"
DEFLATE = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
ZSTD = ZstdCompressor(ZSTD_LEVEL)


class Frame:
    """Bytes of an event stream that are never cut in two."""

    __slots__ = ("_gzip", "_zstd", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self._gzip: bytes | None = None
        self._zstd: bytes | None = None

    def block(self, coding: Coding) -> bytes:
        """The frame in a coding, made when it is first asked for."""
        if coding == "identity":
            return self.plain
        if coding == "gzip":
            if self._gzip is None:
                self._gzip = deflate(self.plain)
            return self._gzip
        if self._zstd is None:
            self._zstd = ZSTD.compress(self.plain, ZstdCompressor.FLUSH_FRAME)
        return self._zstd


class Burst:
    """Frames that are written at once, and the id that a reader then has seen.

    `is_last` says that nothing else is pending for such a reader.
    """

    __slots__ = ("_plain", "_wires", "frames", "is_last", "upto")

    def __init__(
        self, frames: Sequence[Frame], upto: int, *, is_last: bool = True
    ) -> None:
        self.frames = frames
        self.upto = upto
        self.is_last = is_last
        self._plain: bytes | None = None
        self._wires: dict[tuple[Coding, bool], bytes] = {}

    @property
    def plain(self) -> bytes:
        if self._plain is None:
            self._plain = b"".join([frame.plain for frame in self.frames])
        return self._plain

    def wire(self, key: tuple[Coding, bool]) -> bytes:
        """The bytes that go to the socket in a coding, as a chunk of HTTP/1.1 or bare."""
        wire = self._wires.get(key)
        if wire is None:
            coding, is_chunked = key
            blocks = b"".join([frame.block(coding) for frame in self.frames])
            wire = self._wires[key] = chunk(blocks) if is_chunked else blocks
        return wire


def chunk(data: bytes) -> bytes:
    """A chunk of HTTP/1.1. The empty one would end the answer."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def deflate(plain: bytes) -> bytes:
    """Raw deflate that leans on nothing before, and that nothing after leans on."""
    return DEFLATE.compress(plain) + DEFLATE.flush(zlib.Z_FULL_FLUSH)


def gzip_end(crc: int, size: int) -> bytes:
    """What ends a gzip stream that held so many bytes."""
    return LAST_DEFLATE_BLOCK + b"".join(
        (number & 0xFFFFFFFF).to_bytes(4, "little") for number in (crc, size)
    )


def coding_of(accepted: str | None) -> Coding | None:
    """The coding of a stream, by the header Accept-Encoding; None: it refuses them all."""
    return coding_for(accepted, OFFERED)
