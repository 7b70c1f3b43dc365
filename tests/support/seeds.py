"""Random tests: a few seeds in each run, the others with `--attack` only."""

import pytest


def seeds(many: int, quick: int = 1) -> pytest.MarkDecorator:
    """Run a test with so many seeds; `quick` of them are in each run."""
    long = [pytest.param(seed, marks=pytest.mark.long) for seed in range(quick, many)]
    return pytest.mark.parametrize("seed", [*range(quick), *long])
