"""Lines of a stream: in chunks, bounded, and none lost when the stream breaks."""

import io
from collections.abc import Iterable

import pytest

from pgstrike.jobs.feed import lines
from pgstrike.jobs.feed.lines import RawLines, read_lines


class Blocks:
    """A stream that gives these blocks, or raises one that is an error."""

    def __init__(self, blocks: Iterable[bytes | Exception]) -> None:
        self._blocks = iter(blocks)

    def read1(self, size: int, /) -> bytes:
        block = next(self._blocks, b"")
        if isinstance(block, Exception):
            raise block
        return block

    def fileno(self) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_do_not_depend_on_blocks(size: int) -> None:
    text = b"one\ntwo\n\n  \nthree\r\nfour"
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    [chunk] = read_lines(Blocks(blocks), 100)
    assert chunk == ([b"one", b"two", b"three\r", b"four"], False)


def test_chunks_have_the_rows_asked_for() -> None:
    chunks = list(read_lines(io.BytesIO(b"1\n2\n3\n4\n5\n"), 2))
    assert [chunk.lines for chunk in chunks] == [[b"1", b"2"], [b"3", b"4"], [b"5"]]
    assert [chunk.more for chunk in chunks] == [True, True, False]


def test_chunk_of_long_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", 10)
    source = Blocks([b"123456\n", b"789012\n", b"3\n"])
    assert [len(chunk.lines) for chunk in read_lines(source, 100)] == [2, 1]


@pytest.mark.parametrize("error", [EOFError("cut"), OSError("gone")])
def test_lines_before_an_error_come_first(error: Exception) -> None:
    chunks = read_lines(Blocks([b"1\n2\nha", error]), 100)
    assert next(chunks).lines == [b"1", b"2"]
    with pytest.raises(type(error)):
        next(chunks)


def test_writer_that_pauses_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After fewer lines than before it is: it may be in the middle of a snapshot."""
    asked: list[float] = []
    blocks: list[bytes | Exception | None] = [
        b"1\n2\n",
        None,
        b"3\n",
        None,
        b"4\n5\n6",
        None,
    ]

    def select(*arguments: float) -> tuple[list[int], ...]:
        asked.append(arguments[-1])
        is_idle = blocks[0] is None
        if is_idle:
            blocks.pop(0)
        return ([] if is_idle else [1]), [], []

    monkeypatch.setattr(lines.select, "select", select)
    source = Blocks([])
    monkeypatch.setattr(source, "fileno", lambda: 0)
    monkeypatch.setattr(source, "read1", lambda _: blocks.pop(0))
    chunks = read_lines(source, 100, 3600)
    counts = [len(next(chunks).lines) for _ in range(3)]
    waits = [asked[at] for at in (1, 3, 5)]
    assert counts == [2, 1, 2]
    assert [wait <= lines.IDLE_SECONDS for wait in waits] == [True, False, True]


def test_raw_lines_are_text_that_postgres_can_store() -> None:
    raw = RawLines([b"plain\r", b"\xff\0", "€".encode()])
    assert list(raw) == ["plain", "\\xff\\x00", "€"]
    assert list(raw[1:]) == list(raw)[1:]
