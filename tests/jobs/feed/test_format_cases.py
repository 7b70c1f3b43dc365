"""The cases of formats, as `shared/cases/run.py` judges them."""

import pytest

from tests.support.cases import faults


@pytest.mark.parametrize(
    "name",
    ["csv-nse-website", "json-body-nse", "minus-999-greeks", "per-strike-times"],
)
def test_case_is_right(dsn: str, name: str) -> None:
    assert faults(dsn, name) == []


@pytest.mark.parametrize("name", ["csv-nse-website", "json-body-nse"])
def test_case_is_refused_rightly_where_nobody_says_the_rest(
    dsn: str, name: str
) -> None:
    assert faults(dsn, name, is_told=False) == []
