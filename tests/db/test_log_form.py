"""db.log_form: one JSON object for each line of the log."""

import contextvars
import json
import logging
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from pgstrike.db.errors import PgstrikeError, SettingError
from pgstrike.db.log_form import JOB, REQUEST, JsonLines, formatter
from pgstrike.db.settings import LogSettings
from pgstrike.jobs.schedule.turns import logged
from tests.support.api_process import HEADERS, running_api
from tests.support.cli import pgstrike


def record(text: str, *values: object, failed: bool = False) -> logging.LogRecord:
    exc_info = sys.exc_info() if failed else None
    return logging.LogRecord("a.b", logging.WARNING, "x.py", 1, text, values, exc_info)


def test_line_is_one_object_whatever_is_in_it() -> None:
    line = JsonLines().format(record("said %s", 'two\nlines "\N{SNOWMAN}"'))
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == 'said two\nlines "\N{SNOWMAN}"'
    assert (told["level"], told["logger"]) == ("warning", "a.b")
    assert told["time"].endswith("+00:00")
    assert {"request", "job", "traceback"} & told.keys() == set()


def test_line_names_request_and_job_and_has_the_traceback() -> None:
    request, job = REQUEST.set("r-1"), JOB.set("rollups")
    try:
        raise ValueError("odd")
    except ValueError:
        told = json.loads(JsonLines().format(record("x", failed=True)))
    finally:
        REQUEST.reset(request)
        JOB.reset(job)
    assert (told["request"], told["job"]) == ("r-1", "rollups")
    assert "ValueError: odd" in told["traceback"]


def test_form_is_plain_unless_json_is_asked_for() -> None:
    plain = logging.Formatter("%(message)s")
    assert LogSettings.from_env({}).form == "text"
    assert formatter("text", plain) is plain
    asked = LogSettings.from_env({"PGSTRIKE_LOG": "json"})
    assert isinstance(formatter(asked.form, plain), JsonLines)
    with pytest.raises(SettingError, match="PGSTRIKE_LOG is 'xml'; set it to text"):
        LogSettings.from_env({"PGSTRIKE_LOG": "xml"})
    done = pgstrike("serve", PGSTRIKE_LOG="xml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.one_engine
def test_serving_logs_json_with_the_id_of_the_request(
    dsn: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    with running_api(dsn, tmp_path, PGSTRIKE_LOG="json") as api:
        connection.execute("ALTER SCHEMA ops RENAME TO gone")
        asked = Request(
            f"{api.url}/v1/metrics", headers={**HEADERS, "X-Request-Id": "r-7"}
        )
        with pytest.raises(HTTPError) as refused:
            urlopen(asked)
        assert refused.value.status == 503
        refused.value.close()
        lines = [json.loads(line) for line in api.log.read_text().splitlines()]
    [line] = [each for each in lines if each.get("request") == "r-7"]
    assert line["message"].startswith("database_failed path=/v1/metrics")
    assert line["logger"] == "pgstrike.api.errors"


def test_line_of_a_job_names_it(caplog: pytest.LogCaptureFixture) -> None:
    told = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(json.loads(JsonLines().format(record)))

    def fail() -> None:
        with logged("rollups"):
            raise PgstrikeError("it failed")

    logging.getLogger().addHandler(kept := Kept())
    contextvars.copy_context().run(fail)
    logging.getLogger().removeHandler(kept)
    assert [(line["job"], line["level"]) for line in told] == [("rollups", "error")]
