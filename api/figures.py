"""The figures of one strike, as the JSON they are sent as, and when each last changed."""

import json
from collections.abc import Iterable, Sequence

from api.updates import Figure

ALL = -1  # before every event: what changed since then is everything
CACHED = 16  # texts of one strike; more sets of fields than that are encoded each time


class Fields:
    """Which figures of a row are wanted, by their places. Compared by identity."""

    __slots__ = ("names", "places")

    def __init__(self, names: Sequence[str], columns: Sequence[str]) -> None:
        self.names = tuple(names)
        self.places = tuple(columns.index(name) for name in names)


class Strike:
    """One strike of a chain."""

    __slots__ = (
        "_cache",
        "_keys",
        "_prefix",
        "_texts",
        "born",
        "changed",
        "figures",
        "newest",
        "strike",
    )

    def __init__(self, keys: Sequence[str], figures: list[Figure], id: int) -> None:
        self.strike = strike_of(figures)
        self.born = id
        self.newest = id  # when any of the figures changed
        self.figures = figures
        self.changed = [id] * len(figures)
        self._keys = keys
        self._prefix = f'{{"strike":{self.strike!r}'
        self._texts: list[str | None] = [None] * len(figures)
        self._cache: dict[tuple[Fields, int], str] = {}

    def move(self, figures: list[Figure], id: int) -> None:
        """Take the figures of a later event."""
        if figures == self.figures:
            return
        pairs = enumerate(zip(figures, self.figures, strict=True))
        for place in [place for place, (new, old) in pairs if new != old]:
            self.changed[place] = id
            self._texts[place] = None
        self.figures = figures
        self.newest = id
        self._cache.clear()

    def text(self, fields: Fields, since: int = ALL) -> str:
        """The strike with those fields that changed since an event; '' if none did."""
        key = (fields, since)
        text = self._cache.get(key)
        if text is None:
            if len(self._cache) >= CACHED:
                self._cache.clear()
            text = self._cache[key] = self._encode(fields, since)
        return text

    def _encode(self, fields: Fields, since: int) -> str:
        texts, changed = self._texts, self.changed
        parts = [
            texts[place] or self._text(place)
            for place in fields.places
            if changed[place] > since
        ]
        if not parts and since != ALL:
            return ""
        return ",".join((self._prefix, *parts)) + "}"

    def _text(self, place: int) -> str:
        text = self._texts[place] = self._keys[place] + figure_text(self.figures[place])
        return text


def keys_of(columns: Iterable[str]) -> list[str]:
    """What stands before each figure in JSON."""
    return [f"{json.dumps(name)}:" for name in columns]


def figure_text(figure: Figure) -> str:
    # repr writes numbers as JSON does, and is the fastest that there is.
    if type(figure) is int or type(figure) is float:
        return repr(figure)
    return json.dumps(figure)


def strike_of(figures: Sequence[Figure]) -> float:
    strike = figures[0]
    assert isinstance(strike, (int, float))
    return strike
