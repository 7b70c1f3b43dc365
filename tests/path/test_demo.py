"""`make demo`, as a newcomer runs it, by the command behind it."""

import re
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.support.demos import PATIENCE, left_behind, start_demo
from tests.support.embedded import kill_guards, wait_for

pytestmark = pytest.mark.second_later

FIGURES = "strikes  underlying"


def test_demo_shows_figures_and_leaves_nothing_behind(demo_home: Path) -> None:
    """A page that is opened at once has the session before and the last hour to show."""
    demo = start_demo(demo_home, "--duration", "8", "--speed", "60")
    link = read_until(demo, "open ")
    sql = read_until(demo, "SQL ")
    [dsn] = re.findall("PGSTRIKE_DSN='(.*?)'", sql)
    known, strikes, source = changes(dsn)
    assert demo.stdout is not None
    out = demo.stdout.read()  # communicate() would lose what readline() has buffered
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert re.fullmatch(r"open +http://127\.0\.0\.1:\d+/#code=[\w-]{43}\n", link)
    assert known > strikes / 2 > 20, source
    assert "http://127.0.0.1:" in out and FIGURES in out
    assert "Traceback" not in err
    assert "ignored" not in out and "password" not in sql + out
    assert list(demo_home.iterdir()) == []
    assert left_behind(demo_home) == []


def changes(dsn: str) -> tuple[int, int, str]:
    """How many strikes have a change of OI, of how many, and against what."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(call_oi_change), count(*), min(base_source)"
            " FROM analytics.oi_change('NIFTY', p_over => '15 minutes')"
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signal_stops_it_cleanly(demo_home: Path, number: signal.Signals) -> None:
    """SIGHUP is a closed terminal."""
    demo = start_demo(demo_home)
    read_until(demo, FIGURES)
    demo.send_signal(number)
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert "Traceback" not in err
    assert list(demo_home.iterdir()) == []
    assert left_behind(demo_home) == []


@pytest.mark.long
def test_killed_demo_leaves_nothing_behind(demo_home: Path) -> None:
    """Its processes see their input end, and the guard of its server that it is unused."""
    demo = start_demo(demo_home)
    read_until(demo, FIGURES)
    demo.kill()
    demo.communicate(timeout=PATIENCE)
    wait_for(lambda: not list(demo_home.iterdir()))
    wait_for(lambda: not left_behind(demo_home))


@pytest.mark.long
def test_demos_side_by_side_leave_each_other_alone(demo_home: Path) -> None:
    """Each has its own data; that of one that was killed, guard and all, is removed."""
    killed = start_demo(demo_home)
    read_until(killed, FIGURES)
    [leftover] = demo_home.iterdir()
    killed.send_signal(signal.SIGSTOP)  # or it would start another guard
    kill_guards(leftover)
    killed.kill()
    killed.communicate(timeout=PATIENCE)
    first, second = start_demo(demo_home), start_demo(demo_home)
    read_until(first, FIGURES)
    read_until(second, FIGURES)
    assert not leftover.exists()
    assert len(list(demo_home.iterdir())) == 2
    second.terminate()
    second.communicate(timeout=PATIENCE)
    read_until(first, FIGURES)
    assert first.poll() is None
    first.terminate()
    _, err = first.communicate(timeout=PATIENCE)
    assert (first.returncode, second.returncode) == (0, 0), err
    assert list(demo_home.iterdir()) == []
    assert left_behind(demo_home) == []


@pytest.mark.long
def test_database_of_the_user_is_left_alone(
    demo_home: Path, dsn: str, connection: psycopg.Connection
) -> None:
    """Also where the settings name it, with its password, which nobody is shown."""
    named = f"{dsn} password=correct-horse"
    demo = start_demo(
        demo_home, "--duration", "4", PGSTRIKE_DSN=named, PGSTRIKE_ENGINE=""
    )
    out, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    assert "PGSTRIKE_DSN is ignored" in out
    assert "correct-horse" not in out + err
    row = connection.execute(
        "SELECT count(*) FROM fo.instrument WHERE clock IS NOT NULL"
    )
    assert row.fetchone() == (0,)


def read_until(demo: "subprocess.Popen[str]", text: str) -> str:
    """The first line that has the text."""
    assert demo.stdout is not None
    line = ""
    while text not in line:
        line = demo.stdout.readline()
        assert line, demo.communicate()[1]
    return line


def test_missing_feed_is_refused_before_anything_starts(demo_home: Path) -> None:
    demo = start_demo(demo_home, "--feed", "/nowhere.csv")
    _, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1
    assert (
        err
        == "pgstrike: no such file: /nowhere.csv; give FEED=PATH of a recorded feed\n"
    )
