"""The option `lot` of a feed."""

import re
from collections.abc import Mapping

from pgstrike.db.errors import FeedError

UNITS = re.compile("0*[1-9][0-9]{0,8}")


def lots_of(options: Mapping[str, str]) -> Mapping[str, int] | int:
    """`75`, or `NIFTY=75 BANKNIFTY=35`."""
    said = options.get("lot", "").split()
    named = [each.rpartition("=") for each in said]
    if not all(UNITS.fullmatch(number) for _, _, number in named):
        raise FeedError(f"lot is {options['lot']!r}; give 75, or NIFTY=75 BANKNIFTY=35")
    if len(named) == 1 and not named[0][0]:
        return int(named[0][2])
    return {name: int(number) for name, _, number in named}
