"""What a chain event says, read from its payload."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from pgstrike.api.events.event import Body

Figure: TypeAlias = float | int | str | bool | None


class Update(NamedTuple):
    """The new state of some strikes of one chain, or only of its clock.

    `columns` names the figures of a row, the strike first. `expired` says that the chain has
    died, `delisted` which strikes have; without an expiry, only the clock has moved.
    """

    symbol: str
    expiry: str | None
    clock: str | None
    expired: bool = False
    delisted: Sequence[float] = ()
    quote_time: str | None = None
    underlying: float | None = None
    strike_gap: float | None = None
    forward: float | None = None
    forward_source: str | None = None
    columns: Sequence[str] = ()
    rows: Sequence[list[Figure]] = ()


def parse_update(body: Body) -> Update:
    """The update that the payload of a chain event is. ValueError where it is none."""
    try:
        return Update(
            symbol=body["symbol"],
            expiry=body["expiry"],
            clock=body["clock"],
            expired=body.get("expired", False),
            delisted=body.get("delisted", ()),
            quote_time=body.get("quote_time"),
            underlying=body.get("underlying"),
            strike_gap=body.get("strike_gap"),
            forward=body.get("forward"),
            forward_source=body.get("forward_source"),
            columns=body.get("columns", ()),
            rows=body.get("rows", ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a chain event: {str(body)[:80]!r}") from error
