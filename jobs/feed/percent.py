"""Figures in percent as decimals: 10.86 is 0.1086, and not 0.10859999999999999."""

import numpy as np
import numpy.typing as npt

DECIMALS = 12  # more than any feed has, and few enough for a double


def decimal(percent: float) -> float:
    """The decimal nearest to a hundredth of the figure."""
    return round(percent / 100, DECIMALS)


def decimals(percent: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same for each of them; NaN stays."""
    with np.errstate(over="ignore"):  # values far out of range are rejected later
        return np.round(percent / 100, DECIMALS)
