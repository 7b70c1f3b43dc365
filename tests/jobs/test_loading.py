"""jobs.loading: threads that first need a package at the same time all get a whole one."""

import subprocess
import sys

import pytest

from pgstrike.db.paths import ROOT

# Each call loads its packages, and then fails at the None that it is given.
AT_ONCE = """
import sys, threading
from functools import partial
from pathlib import Path

from pgstrike.jobs.ingest.rederive import rederive_in
from pgstrike.jobs.live.plugins import plugin_of
from pgstrike.jobs.storage.retention import seal
from pgstrike.jobs.tasks import backfill, ingest_file, restore_sessions, train_model

calls = [
    *(partial(task.run, None) for task in (backfill, ingest_file, restore_sessions)),
    partial(train_model.run, None),
    partial(rederive_in, None, "NIFTY", None, None),
    partial(seal, None, Path("."), "NIFTY", None),
    partial(plugin_of, "kite"),
]
together = threading.Barrier(len(calls))

def act(call):
    together.wait()
    try:
        call()
    except AttributeError as error:
        assert "'NoneType' object" in str(error), error

threads = [threading.Thread(target=act, args=[call]) for call in calls]
assert "numpy" not in sys.modules
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert "numpy" in sys.modules
"""


@pytest.mark.parametrize("attempt", range(3))
def test_threads_load_one_after_the_other(attempt: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
