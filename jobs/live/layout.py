"""Where each contract of a source stands in the snapshots of its symbol."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.db.errors import FeedError
from pgstrike.jobs.live.plugin import Contract
from pgstrike.jobs.quote import LEGS, unknown_quotes

Places = npt.NDArray[np.intp]
NOWHERE = -1


class Layout(NamedTuple):
    """The rows of all snapshots, in the order of symbol, expiry and strike.

    `keys` name the contracts, alike in each connection. `rows` are QUOTE, each strike once,
    with the code of its symbol; `legs` has the contract of each row's call and put. `chains`
    are pairs of symbol and expiry. Of the underlying, `chain_of` is NOWHERE.
    """

    keys: tuple[tuple[object, ...], ...]
    symbols: tuple[str, ...]
    chains: tuple[tuple[str, int], ...]
    rows: npt.NDArray[np.void]
    chain_of_row: Places
    legs: Mapping[str, Places]
    symbol_of: Places
    chain_of: Places
    strikes: npt.NDArray[np.float64]  # of the contracts
    is_leg: Mapping[str, npt.NDArray[np.bool_]]

    @classmethod
    def of(cls, contracts: Sequence[Contract]) -> "Layout":
        """FeedError where a contract has no place."""
        refuse_incomplete(contracts)
        symbols = sorted({each.symbol for each in contracts})
        options = [each for each in contracts if each.leg in LEGS]
        chains = sorted({(each.symbol, each.expiry or 0) for each in options})
        strikes = sorted(
            {(each.symbol, each.expiry or 0, each.strike or 0.0) for each in options}
        )
        rows = unknown_quotes(len(strikes))
        codes = {symbol: code for code, symbol in enumerate(symbols)}
        place_of_chain = {chain: place for place, chain in enumerate(chains)}
        if strikes:
            rows["symbol"] = [codes[symbol] for symbol, _, _ in strikes]
            rows["expiry"] = [expiry for _, expiry, _ in strikes]
            rows["strike"] = [strike for _, _, strike in strikes]
        return cls(
            tuple((c.symbol, c.expiry, c.strike, c.leg) for c in contracts),
            tuple(symbols),
            tuple(chains),
            rows,
            places(place_of_chain[strike[:2]] for strike in strikes),
            {leg: contracts_of(leg, contracts, strikes) for leg in LEGS},
            places(codes[each.symbol] for each in contracts),
            places(
                place_of_chain.get((each.symbol, each.expiry or 0), NOWHERE)
                if each.leg in LEGS
                else NOWHERE
                for each in contracts
            ),
            np.array([each.strike or 1.0 for each in contracts], np.float64),
            {
                leg: np.array([each.leg == leg for each in contracts], bool)
                for leg in LEGS
            },
        )

    def expiries(self) -> npt.NDArray[np.int32]:
        """The expiry of each contract; 0 of the underlying."""
        found = np.array([expiry for _, expiry in self.chains] or [0], np.int32)
        return np.where(self.chain_of == NOWHERE, np.int32(0), found[self.chain_of])


def refuse_incomplete(contracts: Sequence[Contract]) -> None:
    for each in contracts:
        if each.leg in LEGS and (each.expiry is None or each.strike is None):
            raise FeedError(
                f"the feed lists {each.key!r} as a {each.leg} without expiry or strike; "
                "mend its contracts()"
            )


def contracts_of(
    leg: str,
    contracts: Sequence[Contract],
    strikes: Sequence[tuple[str, int, float]],
) -> Places:
    """The contract of this leg at each strike, or NOWHERE."""
    found = {
        (each.symbol, each.expiry, each.strike): place
        for place, each in enumerate(contracts)
        if each.leg == leg
    }
    return places(found.get(strike, NOWHERE) for strike in strikes)


def places(found: Iterable[int]) -> Places:
    return np.array([*found], np.intp)
