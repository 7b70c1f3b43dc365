"""Settings and arguments that cannot be used end in one line that says what to do."""

import errno
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import IO

import pytest

import pgstrike.jobs.demo
import pgstrike.jobs.ingest.ingest
from pgstrike.api.settings import ApiSettings
from pgstrike.cli.main import main
from pgstrike.db.errors import SettingError
from pgstrike.jobs.feed.simulator import simulate
from pgstrike.jobs.settings import JobsSettings

pytestmark = pytest.mark.one_engine

NOWHERE = "host=127.0.0.1 port=1 user=u password=secret dbname=nothing"
ABSURD = (
    "-1", "-999999999999", "999999999999", "1" + "0" * 400, "9" * 5000, "nan", "-nan",
    "inf", "-inf", "1e400", "-1e400", "1e-400", "1e308", "5e-324", "abc", " ", "\t", "1 2",
    "0x10", "1_000", "٣", "\uff11\uff12", "½", "1,5", "--", "1\n2", "\udcff", "💥",
    "None", "true", "' OR 1=1", "%s", "{}", "\x1b[2J",
)  # fmt: skip
NUMBERS = (
    "PGSTRIKE_POOL_SIZE", "PGSTRIKE_INTEREST_RATE", "PGSTRIKE_HORIZON_DAYS",
    "PGSTRIKE_PRICING_SECONDS", "PGSTRIKE_ROLLUP_SECONDS", "PGSTRIKE_SNAPSHOT_SECONDS",
    "PGSTRIKE_API_PORT", "PGSTRIKE_HEARTBEAT_SECONDS", "PGSTRIKE_PROBE_SECONDS",
    "PGSTRIKE_POLL_SECONDS", "PGSTRIKE_QUEUE_EVENTS", "PGSTRIKE_MAX_STREAMS",
    "PGSTRIKE_MAX_STREAMS_PER_KEY", "PGSTRIKE_REQUESTS_PER_SECOND", "PGSTRIKE_MAX_LISTENERS",
    "PGSTRIKE_LATE_SECONDS", "PGSTRIKE_MIN_INTERVAL_MS",
)  # fmt: skip
TEXTS = {
    "PGSTRIKE_DSN": (
        "nonsense", "postgresql://", "host=127.0.0.1 port=99999", "port=abc", "\udcff",
        "host=127.0.0.1 port=1 connect_timeout=abc", "service=nothing", "host=",
        "postgresql://u@127.0.0.1:1/%00", "host=127.0.0.1 port=1 sslmode=none",
        "host=127.0.0.1 port=1 options=-cx", "host=" + "a" * 5000, "host=/nowhere",
        "postgresql://[::1", "host=127.0.0.1 port=1 dbname=\udcff", "host=..", "%",
        "host=127.0.0.1 port=1 user='", "postgresql://127.0.0.1:1/x?bogus=1",
    ),
    "PGSTRIKE_DATA_DIR": ("/", "//", "/dev/null/x", "/proc/nothing/x", "/" + "a" * 300),
    "PGSTRIKE_FED_IV": ("maybe", " ", "\udcff", "USE"),
    "PGSTRIKE_ENGINE": ("mysql", " ", "\udcff", "POSTGRES"),
    "PGSTRIKE_API_KEY": ("a b", "\n", "é", "\udcff"),
}  # fmt: skip
HOSTS = ("..", "a" * 300, "\udcff", "256.1.1.1", "192.0.2.1", "::zz", "fe80::1%x", "💥")
WRITING: tuple[list[str], ...] = (
    ["--nothing"], ["nothing"], ["ingest"], ["ingest", "/nowhere"], ["ingest", "/"],
    ["ingest", "\udcff"], ["ingest", ""], ["ingest", "a" * 5000],
    *(["ingest", "-", "--speed", each] for each in ABSURD),
    *(["ingest", "-", "--lot", each] for each in ABSURD),
    *(["ingest", "-", "--lot", f"NIFTY={each}"] for each in ABSURD),
    *(["simulate", "--speed", each] for each in ABSURD),
    *(["simulate", "--seed", each] for each in ABSURD if each != "999999999999"),
    *(["simulate", "--symbol", each] for each in ("", " ", "NOTHING", "\udcff", "a" * 999)),
    *(["demo", "--duration", each] for each in ABSURD if each != "999999999999"),
    *(["demo", "--feed", each] for each in ("", "/nowhere", "\udcff", "a" * 5000)),
)  # fmt: skip
SERVING: tuple[list[str], ...] = (
    ["serve", "x"], ["key", "nothing"], ["key", "create"], ["key", "revoke", "x"],
    *(["serve", "--workers", each] for each in ABSURD),
    *(["serve", "--serve-descriptor", each]
      for each in ("-1", "9999", "x", "9" * 30)),
    *(["key", action, each] for action in ("create", "revoke", "login")
      for each in ("", " ", "\udcff", "A", "a" * 100, "a\nb", "💥")),
    *(["key", "create", "k", "--streams", each] for each in ABSURD
      if each not in ("٣", "1_000", "\uff11\uff12")),
    *(["key", "create", "k", "--topics", each] for each in ("x", "\udcff", "chain,,x")),
    *(["key", "create", "k", "--symbols", each] for each in ("x", "\udcff", "a" * 9999)),
)  # fmt: skip
OTHERS: tuple[list[str], ...] = (["dsn", "x"], ["upgrade", "x"], ["completion", "x"])

DAY = date(2026, 1, 5)


def simulate_one(_: object, __: object, symbols: list[str], **options: float) -> None:
    """Not without end."""
    next(simulate(symbols, DAY, int(options["seed"])))


def ended(arguments: list[str]) -> object:
    """What a command ends with; a traceback is raised."""
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of ours, no signal handler, no log handler."""
    for name in list(os.environ):
        if name.startswith("PGSTRIKE_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)


@pytest.fixture
def stdin() -> Iterator[IO[str]]:
    """Nothing to read."""
    with open(os.devnull) as nothing:
        yield nothing


def one_line(said: object, shown: str) -> str:
    """The refusal: a line of ours."""
    text = said if isinstance(said, str) else shown
    [line] = [line for line in text.splitlines() if line.strip()]
    assert line.startswith("pgstrike: "), text
    assert len(line) < 1000, text
    assert "secret" not in text
    return line


@pytest.mark.parametrize("name", NUMBERS)
def test_absurd_numbers_are_refused_or_bounded(name: str) -> None:
    taken = 0
    for text in ABSURD:
        environ = {name: text, "PGSTRIKE_API_KEY": "k"}
        try:
            JobsSettings.from_env(environ)
            ApiSettings.from_env(environ, insecure=False)
        except SettingError as error:
            assert str(error).startswith(f"{name} is ") and "set it to" in str(error)
            assert len(str(error).splitlines()) == 1 and len(str(error)) < 300
            assert str(error).isprintable() or "\\" in ascii(str(error))
        else:
            taken += 1
    assert taken <= 4, "an absurd number was taken"


def test_upper_bounds_work(quiet: None, dsn: str) -> None:
    """What is just allowed can be used: nothing overflows later."""
    most = {
        "PGSTRIKE_HORIZON_DAYS": "36500", "PGSTRIKE_INTEREST_RATE": "1",
        "PGSTRIKE_PRICING_SECONDS": "86400",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**most, "PGSTRIKE_DSN": dsn}.items():
            patch.setenv(name, value)
        assert main(["refresh"]) == 0


@pytest.mark.parametrize("name", TEXTS)
def test_absurd_texts_are_refused_in_one_line(
    name: str, quiet: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("PGSTRIKE_DSN", NOWHERE)
    monkeypatch.setenv("PGSTRIKE_API_KEY", "k")
    for text in TEXTS[name]:
        monkeypatch.setenv(name, text)
        if name == "PGSTRIKE_DATA_DIR":
            monkeypatch.delenv("PGSTRIKE_DSN", raising=False)
        for command in ("refresh", "serve"):
            said = ended([command])
            assert said not in (0, None), (name, text)
            one_line(said, capsys.readouterr().err)


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_absurd_hosts_are_refused_in_one_line(
    workers: list[str], quiet: None, dsn: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("PGSTRIKE_DSN", dsn)
    monkeypatch.setenv("PGSTRIKE_API_KEY", "k")
    for host in HOSTS:
        monkeypatch.setenv("PGSTRIKE_API_HOST", host)
        said = one_line(ended(["serve", *workers]), capsys.readouterr().err)
        assert "PGSTRIKE_API_HOST" in said


def test_absurd_arguments_are_refused_in_one_line(
    quiet: None, dsn: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], measured: Callable[[str], None], stdin: IO[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("PGSTRIKE_DSN", dsn)
    monkeypatch.setenv("PGSTRIKE_API_KEY", "k")
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(pgstrike.jobs.ingest.ingest, "ingest_simulated", simulate_one)
    monkeypatch.setattr(pgstrike.jobs.demo, "play", lambda *_: None)
    table = [*WRITING, *SERVING, *OTHERS]
    for arguments in table:
        try:
            said = ended(arguments)
        except BaseException as error:
            raise AssertionError(f"{arguments}: {error!r}") from error
        shown = capsys.readouterr().err
        if said not in (0, None):
            one_line(said, shown)
    measured(f"messages: {len(table)} command lines, 0 tracebacks")


def test_read_only_checkout_names_the_setting(
    quiet: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert ended(["refresh"]) == 1
    line = one_line(1, capsys.readouterr().err)
    assert "Read-only file system" in line and "set PGSTRIKE_DATA_DIR" in line
