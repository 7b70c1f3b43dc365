"""`python -m tests.support.fast_feed NAME`: a process that drives a feed by a fast clock.

FAST_FEED is JSON: `clock` has the fields of FastClock, and `places` the values of names in
modules, such as the addresses of brokers.
"""

import json
import os
import sys
from importlib import import_module

from pgstrike.jobs.feed import times
from tests.support.fast_clock import FastClock

NAME = "FAST_FEED"


def main() -> None:
    given = json.loads(os.environ[NAME])
    # Before it is imported by name.
    vars(times)["now"] = FastClock(*given["clock"]).now
    for path, value in given["places"].items():
        module, _, name = path.rpartition(".")
        vars(import_module(module))[name] = value
    runner = import_module("pgstrike.jobs.live.runner")
    outside = import_module("pgstrike.jobs.live.outside")
    pace = import_module("pgstrike.jobs.live.pace")
    settings = import_module("pgstrike.jobs.settings")
    runner.drive(
        os.environ["PGSTRIKE_DSN"],
        settings.JobsSettings.from_env({}),
        outside.real_outside(),
        pace.Pace(grid=0.05, beat=0.1, first=0.05, most=0.2, silence=60.0),
        sys.argv[1:],
    )


if __name__ == "__main__":
    main()
