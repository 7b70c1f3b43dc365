"""What a decoder makes of a message."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pgstrike.jobs.quote import Reject

MOST_SHOWN = 256  # bytes of a message in a reject


class Decoded(NamedTuple):
    """UPDATE rows in the order they came, and what could not be read."""

    rows: npt.NDArray[np.void]
    rejects: list[Reject]


def rejected(reason: str, detail: str, data: bytes) -> Reject:
    """A reject of these bytes, shown as hexadecimal digits."""
    return Reject(reason, detail, data[:MOST_SHOWN].hex())
