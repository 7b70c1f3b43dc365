"""What a feed says of its figures. It is apart from quotes: commands need it without NumPy."""

from typing import Final, NamedTuple

VOLUME_KINDS: Final = ("session", "other")
OI_KINDS: Final = ("now", "yesterday")


class Kinds(NamedTuple):
    """What a feed says of its volume, OI and options; None where it says nothing.

    `volume` is `session`, or `other` where it is no total of the session; `oi` is `now` or
    `yesterday`; `exercise` is the style of a symbol's options, `european` or `american`.
    """

    volume: str | None = None
    oi: str | None = None
    exercise: str | None = None

    def or_else(self, other: "Kinds") -> "Kinds":
        """What the other one says where this one says nothing."""
        return Kinds(
            self.volume or other.volume,
            self.oi or other.oi,
            self.exercise or other.exercise,
        )


NO_KINDS = Kinds()
