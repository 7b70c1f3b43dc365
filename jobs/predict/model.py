"""What every form of a model is, once it is loaded."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

FORMS = ("linear", "lightgbm")
# In the order of the model's features; None is unknown.
Figures: TypeAlias = Sequence[float | None]
Probability: TypeAlias = Callable[[Figures], float]
