"""One chain in memory: its strikes, and what of it changed since any event.

No state of any reader: "what changed since an event, in this window, of these fields" is a
question that serves a flush, a reader that lagged and one that resumes alike.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence

from pgstrike.api.chains.strike import ALL, Fields, Strike, keys_of, strike_of
from pgstrike.api.chains.updates import Figure, Update
from pgstrike.api.chains.window import Bounds, Money, Window, bounds_of, money_of

HEAD = ("forward", "forward_source", "strike_gap")  # to be asked for, beside the others
HISTORY = 1000  # earlier places of the money; for a reader from before them, everything is sent


class ExpiryChain:
    """The chain of one symbol and expiry, as of the newest event that it was moved by."""

    def __init__(
        self, symbol: str, expiry: str, columns: Sequence[str], id: int
    ) -> None:
        self.symbol = symbol
        self.expiry = expiry
        self.columns = columns
        self.keys = keys_of(columns)
        self.born = id
        self.newest = id  # when anything of it changed
        self.since = id  # after this event it knows where the money was
        self.quote_time: str | None = None
        self.underlying: float | None = None
        self.strike_gap: float | None = None
        self.more: Sequence[Figure] = (None,) * len(HEAD)
        self.strikes: list[float] = []
        self.rows: list[Strike] = []
        self._headed = id  # when quote_time or underlying changed
        self._headed_more = id  # when the other figures of the head did
        self._heads: dict[tuple[str, ...], str] = {}
        self._head_strike: float | None = None  # whose they are
        self._moved: list[int] = [id]  # when the money moved, and whereto
        self._money: list[Money] = [Money(None, None)]
        self._places: dict[Window, tuple[Bounds, slice]] = {}
        self._delisted: dict[
            float, tuple[int, int]
        ] = {}  # since which event, and until which

    def move(self, update: Update, id: int) -> None:
        """Take an event of this chain."""
        arrange = arrangement(update.columns, self.columns)
        for sent in update.rows:
            figures = sent if arrange is None else arrange(sent)
            self._place(figures, id)
        for strike in update.delisted:
            self._drop(strike, id)
        self._take_head(update, id)
        self.newest = id

    def _place(self, figures: list[Figure], id: int) -> None:
        strike = strike_of(figures)
        place = bisect_left(self.strikes, strike)
        if place < len(self.strikes) and self.strikes[place] == strike:
            self.rows[place].move(figures, id)
        else:
            self._places.clear()
            self._delisted.pop(strike, None)  # it is sent in full, like a new one
            self.strikes.insert(place, strike)
            self.rows.insert(place, Strike(self.keys, figures, id))

    def keep(self, strikes: Collection[float], id: int) -> None:
        """Keep only these strikes."""
        gone = [strike for strike in self.strikes if strike not in strikes]
        for strike in gone:
            self._drop(strike, id)
        if gone:
            self.newest = id
            self._note_money(id)

    def _drop(self, strike: float, id: int) -> None:
        """Forget a strike, but not that earlier readers have it."""
        place = bisect_left(self.strikes, strike)
        if place < len(self.strikes) and self.strikes[place] == strike:
            self._places.clear()
            self._delisted[strike] = (self.rows[place].born, id)
            del self.strikes[place], self.rows[place]

    def _take_head(self, update: Update, id: int) -> None:
        """The chain's own figures are those of its newest quote; a tie: the lowest strike."""
        lowest = min(map(strike_of, update.rows), default=None)
        times = (update.quote_time or "", self.quote_time or "")
        is_newest = times[0] > times[1] or (
            times[0] == times[1]
            and lowest is not None
            and (self._head_strike is None or lowest <= self._head_strike)
        )
        if is_newest:
            now = (update.quote_time, update.underlying)
            if now != (self.quote_time, self.underlying):
                self._headed = id
            more = [getattr(update, name) for name in HEAD]
            if more != self.more:
                self._headed_more = id
            self.quote_time, self.underlying = now
            self.more = more
            self._heads.clear()
            self.strike_gap, self._head_strike = update.strike_gap, lowest
        self._note_money(id)

    def _note_money(self, id: int) -> None:
        money = money_of(self.underlying, self.strike_gap, self.strikes)
        if money != self._money[-1]:
            self._places.clear()
        if self._moved[-1] == id:
            self._money[-1] = money
        elif money != self._money[-1]:
            self._moved.append(id)
            self._money.append(money)
            if len(self._moved) > HISTORY:
                del self._moved[: HISTORY // 2], self._money[: HISTORY // 2]
                self.since = self._moved[0]

    def bounds(self, window: Window, id: int) -> Bounds:
        """What the window was at an event."""
        place = max(bisect_right(self._moved, id) - 1, 0)
        return bounds_of(window, self._money[place])

    def place(self, window: Window) -> tuple[Bounds, slice]:
        """What the window is, and which rows that are."""
        found = self._places.get(window)
        if found is None:
            bounds = bounds_of(window, self._money[-1])
            found = self._places[window] = (bounds, bounds.place(self.strikes))
        return found

    def whole(self, window: Window, fields: Fields) -> str:
        _, place = self.place(window)
        return self._text([row.text(fields) for row in self.rows[place]], fields.head)

    def delta(self, window: Window, fields: Fields, since: int) -> str:
        """What changed since an event that is not before `since` and `born`; '' if nothing."""
        if self.newest <= since:
            return ""
        now, place = self.place(window)
        before = self.bounds(window, since) if self._moved[-1] > since else now
        rows = self.rows[place]
        if now == before:
            texts = [
                row.text(fields, since if row.born <= since else ALL)
                for row in rows
                if row.newest > since
            ]
            gone = []
        else:
            texts = [
                row.text(fields, since if was_in else ALL)
                for row in rows
                for was_in in [row.born <= since and before.has(row.strike)]
                if row.newest > since or not was_in
            ]
            gone = self._gone(now, before, since)
        gone = sorted([*gone, *self._lost(before, since)])
        texts = [*filter(None, texts)]
        headed = max(self._headed, self._headed_more) if fields.head else self._headed
        if not texts and not gone and headed <= since:
            return ""
        return self._text(texts, fields.head, gone)

    def left(self, window: Window, since: int) -> str:
        """The text that takes a live chain off a panel that had it at an event."""
        before = self.bounds(window, since)
        gone = sorted([*self._gone(None, before, since), *self._lost(before, since)])
        return self._text((), (), gone, ',"left":true')

    def _lost(self, before: Bounds, since: int) -> list[float]:
        """The strikes that a reader had at an event, and that were delisted after it."""
        return [
            strike
            for strike, (born, left) in self._delisted.items()
            if born <= since < left and before.has(strike)
        ]

    def _gone(self, now: Bounds | None, before: Bounds, since: int) -> list[float]:
        return [
            row.strike
            for row in self.rows[before.place(self.strikes)]
            if row.born <= since and not (now and now.has(row.strike))
        ]

    def _text(
        self,
        rows: Iterable[str],
        head: tuple[str, ...],
        gone: Sequence[float] = (),
        end: str = "",
    ) -> str:
        """The chain as JSON."""
        if gone:
            end = f',"gone":{json.dumps(gone, separators=(",", ":"))}{end}'
        return f'{self._head(head)},"rows":[{",".join(rows)}]{end}}}'

    def _head(self, names: tuple[str, ...]) -> str:
        text = self._heads.get(names)
        if text is None:
            more = zip(HEAD, self.more, strict=True)
            text = self._heads[names] = (
                f'{{"symbol":"{self.symbol}","expiry":"{self.expiry}"'
                f',"quote_time":{json.dumps(self.quote_time)}'
                f',"underlying":{json.dumps(self.underlying)}'
                + "".join(
                    f',"{name}":{json.dumps(figure)}'
                    for name, figure in more
                    if name in names
                )
            )
        return text


def arrangement(
    sent: Sequence[str], wanted: Sequence[str]
) -> Callable[[list[Figure]], list[Figure]] | None:
    """How to bring a row of some columns into the order of others; None where it is in it."""
    if list(sent) == list(wanted):
        return None
    places = [sent.index(name) if name in sent else None for name in wanted]
    return lambda row: [None if place is None else row[place] for place in places]
