"""Figures in percent are stored as the market would write them as decimals."""

import numpy as np
import pytest

from pgstrike.jobs.feed.figures import percent
from pgstrike.jobs.feed.percent import decimals

WRITTEN = [(10.86, 0.1086), (37.94, 0.3794), (0.01, 0.0001), (999.99, 9.9999), (0, 0)]


@pytest.mark.parametrize(("sent", "stored"), WRITTEN)
def test_hundredth_is_the_decimal_that_is_written(sent: float, stored: float) -> None:
    assert percent(sent) == stored
    assert decimals(np.array([sent, np.nan]))[0] == stored


def test_every_percent_of_two_decimals() -> None:
    sent = np.arange(100_000) / 100
    written = [float(f"{number}e-4") for number in range(100_000)]
    assert decimals(sent).tolist() == written


def test_what_is_no_figure_stays_so() -> None:
    assert (percent("nothing"), percent(None)) == ("nothing", None)
    assert np.isnan(decimals(np.array([np.nan]))).all()
    assert np.isinf(decimals(np.array([1e300]))).all()  # out of range: rejected later
