"""A check of ops.health, as Python sees it: the api adds some of its own."""

from typing import Literal, NamedTuple

State = Literal["ok", "warn", "bad"]


class Check(NamedTuple):
    """A row of ops.health; the type ops.health_check says what each column is."""

    name: str
    state: State
    value: float | None
    bad_at: float | None
    unit: str | None
    says: str
    remedy: str | None
    item: int | None = None

    def sentence(self) -> str:
        """The finding, and what to do."""
        return self.says if self.remedy is None else f"{self.says}; {self.remedy}"


def judged(name: str, fault: str | None, remedy: str, *, fine: str = "ok") -> Check:
    """A check without a figure: bad where there is a fault."""
    if fault is None:
        return Check(name, "ok", None, None, None, fine, None)
    return Check(name, "bad", None, None, None, fault, remedy)
