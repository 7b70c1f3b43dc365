"""Each test begins without a list of instruments."""

import pytest

from pgstrike.jobs.live.feeds import listed


@pytest.fixture(autouse=True)
def no_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "KEPT", {})
