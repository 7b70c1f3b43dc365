"""The figures of one strike, as the JSON they are sent as, and when each last changed.

What changed since an event is picked by the interpreter's own loops, not by one of ours: with
many panels of many fields it is what the fan-out costs.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any

from pgstrike.api.chains.updates import Figure

ALL = -1  # before every event: what changed since then is everything


class Fields:
    """Which figures of a chain and of its rows are wanted. Compared by identity."""

    __slots__ = ("head", "names", "pick", "users")

    def __init__(
        self, names: Sequence[str], columns: Sequence[str], head: tuple[str, ...] = ()
    ) -> None:
        self.names = tuple(names)
        self.head = head  # figures of the whole chain
        self.pick = picker([columns.index(name) for name in names])
        self.users = 0  # feeds; where there are several, texts are worth keeping


def picker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """What takes the elements at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)


class Strike:
    """One strike of a chain."""

    __slots__ = (
        "_kept",
        "_kept_since",
        "_keys",
        "_prefix",
        "_stale",
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
        self._texts = [""] * len(figures)
        self._stale = [
            *range(len(figures))
        ]  # places whose text is not that of the figure
        self._kept: dict[Fields, str] = {}
        self._kept_since = ALL

    def move(self, figures: list[Figure], id: int) -> None:
        """Take the figures of a later event."""
        if figures == self.figures:
            return
        pairs = enumerate(zip(figures, self.figures, strict=True))
        places = [place for place, (new, old) in pairs if new != old]
        for place in places:
            self.changed[place] = id
        self._stale += places
        self.figures = figures
        self.newest = id
        self._kept.clear()

    def text(self, fields: Fields, since: int = ALL) -> str:
        """The strike with those fields that changed since an event; '' if none did."""
        if fields.users < 2:
            return self._text(fields, since)
        if since != self._kept_since:
            self._kept.clear()
            self._kept_since = since
        text = self._kept.get(fields)
        if text is None:
            text = self._kept[fields] = self._text(fields, since)
        return text

    def _text(self, fields: Fields, since: int) -> str:
        if self._stale:
            self._write()
        is_later = map(since.__lt__, fields.pick(self.changed))
        text = ",".join(compress(fields.pick(self._texts), is_later))
        if text:
            return f"{self._prefix},{text}}}"
        return f"{self._prefix}}}" if since == ALL else ""

    def _write(self) -> None:
        for place in self._stale:
            self._texts[place] = self._keys[place] + figure_text(self.figures[place])
        self._stale.clear()


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
