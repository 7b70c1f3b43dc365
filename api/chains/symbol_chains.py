"""The live chains of one symbol in memory, and their changes since any event."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence

from pgstrike.api.chains.expiry_chain import HISTORY, ExpiryChain
from pgstrike.api.chains.strike import Fields
from pgstrike.api.chains.updates import Update
from pgstrike.api.chains.window import Window

FRONT, NEXT = "front", "next"  # the first and the second live expiry


class SymbolChains:
    """A chain for each live expiry, changed by updates in the order of their events."""

    def __init__(self, symbol: str, columns: Sequence[str], id: int) -> None:
        self.symbol = symbol
        self.columns = columns
        self.clock: str | None = None
        self.clocked = id  # the event that moved the clock last
        self.by_expiry: dict[str, ExpiryChain] = {}
        self._since = id
        self._listed: list[int] = [id]  # when the expiries became other ones, and which
        self._expiries: list[tuple[str, ...]] = [()]
        self._members: dict[frozenset[str], list[str]] = {}  # of the live expiries

    @property
    def since(self) -> int:
        """After this event it knows what changed."""
        return max(
            [
                self._since,
                *(chain.since for chain in self._old_chains()),
            ]
        )

    def _old_chains(self) -> Iterable[ExpiryChain]:
        # A chain known since it was listed is sent whole to earlier readers, and sets no limit.
        return (chain for chain in self.by_expiry.values() if chain.since > chain.born)

    def move(self, update: Update, id: int) -> None:
        if update.clock != self.clock:
            self.clock, self.clocked = update.clock, id
        if update.expiry is None:
            return
        if update.expired:
            self.by_expiry.pop(update.expiry, None)
        elif update.expiry not in self.by_expiry:
            chain = ExpiryChain(self.symbol, update.expiry, self.columns, id)
            self.by_expiry[update.expiry] = chain
        if not update.expired:
            self.by_expiry[update.expiry].move(update, id)
        self._list(id)

    def keep(self, strikes: Mapping[str, Collection[float]], id: int) -> None:
        """Keep only the chains of these expiries, and only these strikes of each."""
        self.by_expiry = {
            key: chain for key, chain in self.by_expiry.items() if key in strikes
        }
        for key, chain in self.by_expiry.items():
            chain.keep(strikes[key], id)
        self._list(id)

    def _list(self, id: int) -> None:
        if len(self.by_expiry) == len(self._expiries[-1]) and all(
            expiry in self.by_expiry for expiry in self._expiries[-1]
        ):
            return
        expiries = tuple(sorted(self.by_expiry))
        self._members.clear()
        if self._listed[-1] == id:
            self._expiries[-1] = expiries
            return
        self._listed.append(id)
        self._expiries.append(expiries)
        if len(self._listed) > HISTORY:
            del self._listed[: HISTORY // 2], self._expiries[: HISTORY // 2]
            self._since = self._listed[0]

    def members(self, wanted: frozenset[str], id: int | None = None) -> list[str]:
        """The expiries that were wanted at an event, or are now; none named: all live ones."""
        if id is None:
            found = self._members.get(wanted)
            if found is None:
                found = self._members[wanted] = chosen(wanted, self._expiries[-1])
            return found
        place = max(bisect_right(self._listed, id) - 1, 0)
        return chosen(wanted, self._expiries[place])

    def whole(
        self, wanted: frozenset[str], window: Window, fields: Fields
    ) -> list[str]:
        return [
            self.by_expiry[expiry].whole(window, fields)
            for expiry in self.members(wanted)
        ]

    def delta(
        self, wanted: frozenset[str], window: Window, fields: Fields, since: int
    ) -> list[str]:
        """What changed since an event that is not before `since`, one text per chain."""
        now = before = self.members(wanted)
        if self._listed[-1] > since:
            before = self.members(wanted, since)
        texts = [
            self._left(expiry, window, since) for expiry in before if expiry not in now
        ]
        for expiry in now:
            chain = self.by_expiry[expiry]
            if expiry not in before or chain.born > since:
                texts.append(chain.whole(window, fields))
            elif text := chain.delta(window, fields, since):
                texts.append(text)
        return texts

    def _left(self, expiry: str, window: Window, since: int) -> str:
        chain = self.by_expiry.get(expiry)
        if chain is not None:
            return chain.left(window, since)
        return f'{{"symbol":"{self.symbol}","expiry":"{expiry}","expired":true}}'


def chosen(wanted: frozenset[str], living: Sequence[str]) -> list[str]:
    named = set(wanted)
    named.update(living[:1] if FRONT in named else ())
    named.update(living[1:2] if NEXT in named else ())
    return [expiry for expiry in living if expiry in named or not wanted]
