"""What an adversary and an unlucky operator try: a few of each in CI, all in `make attack`."""

from collections.abc import Callable

import pytest

from tests.api.conftest import client, serve

__all__ = ["client", "serve", "times"]


@pytest.fixture(scope="session")
def times(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """How often to try: the first number in every test run, the second in `make attack`."""
    whole = pytestconfig.getoption("--attack")

    def chosen(quick: int, full: int) -> int:
        return full if whole else quick

    return chosen
