"""The option `lot` of a feed."""

from collections.abc import Mapping

from pgstrike.db.errors import FeedError


def lots_of(options: Mapping[str, str]) -> Mapping[str, int] | int:
    """`75`, or `NIFTY=75 BANKNIFTY=35`."""
    said = options.get("lot", "").split()
    named = [each.rpartition("=") for each in said]
    if not all(number.isdecimal() and int(number) > 0 for _, _, number in named):
        raise FeedError(f"lot is {options['lot']!r}; give 75, or NIFTY=75 BANKNIFTY=35")
    if len(named) == 1 and not named[0][0]:
        return int(named[0][2])
    return {name: int(number) for name, _, number in named}
