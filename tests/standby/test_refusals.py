"""What cannot be started on a standby is refused in one line that says what to do."""

import pytest

from tests.standby.conftest import Copied
from tests.support.cli import pgstrike, refused

pytestmark = pytest.mark.one_engine

WRITERS = (["ingest", "-"], ["simulate"], ["refresh"], ["feed", "run", "deribit"])


@pytest.mark.parametrize("command", WRITERS)
def test_writer_is_sent_to_the_primary(copied: Copied, command: list[str]) -> None:
    said = refused(pgstrike(*command, PGSTRIKE_DSN=copied.standby))
    assert "is a standby" in said and "point PGSTRIKE_DSN at the primary" in said


def test_calendar_is_shown_on_a_standby(copied: Copied) -> None:
    shown = pgstrike("calendar", "show", "NSE", "2025", PGSTRIKE_DSN=copied.primary)
    copied.pair.replayed()
    same = pgstrike("calendar", "show", "NSE", "2025", PGSTRIKE_DSN=copied.standby)
    assert shown.stdout and same.stdout == shown.stdout, same.stderr


@pytest.mark.parametrize("source", [[], ["--workers", "2"]])
def test_listening_api_is_told_of_the_other_source(
    copied: Copied, source: list[str]
) -> None:
    said = refused(
        pgstrike("serve", "--insecure", *source, PGSTRIKE_DSN=copied.standby)
    )
    assert "is a standby" in said and "--source standby" in said
    assert "pooler" not in said


def test_relay_is_sent_to_the_primary(copied: Copied) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    said = refused(
        pgstrike("relay", PGSTRIKE_DSN=copied.standby, PGSTRIKE_REDIS_URL=nowhere)
    )
    assert "is a standby" in said and "point PGSTRIKE_DSN at the primary" in said
