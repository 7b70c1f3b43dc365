"""A mistake that somebody could make in the product, and the test that notices it."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One change of one text, which is in its file once."""

    test: str
    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old!r} -> {self.new!r}"


def of(test: str, path: str, *changes: tuple[str, str]) -> list[Mutant]:
    return [Mutant(test, path, *change) for change in changes]
