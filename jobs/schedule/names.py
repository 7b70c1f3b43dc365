"""The names of jobs, for a shell that completes one: jobs/schedule/jobs.py loads a driver.

A test compares the two.
"""

NAMES = (
    "alerts",
    "calendar",
    "columnstore",
    "features",
    "feeds",
    "notify_queue",
    "outcomes",
    "pruning",
    "retention",
    "rollups",
    "sessions",
    "sinks",
    "snapshot",
    "upkeep",
    "watchdog",
)
