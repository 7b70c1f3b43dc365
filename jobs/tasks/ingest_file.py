"""The task of storing a recorded feed, which is done in jobs/tasks/storing_file.py."""

from pgstrike.jobs.loading import LOADING
from pgstrike.jobs.tasks.kind import Kind, Result
from pgstrike.jobs.tasks.work import Work


def run(work: Work) -> Result:
    with LOADING:
        from pgstrike.jobs.tasks.storing_file import store_file

    return store_file(work)


KIND = Kind(
    name="ingest",
    about="Store the quotes of a recorded file or folder in PGSTRIKE_INGEST_DIR.",
    properties={
        "path": {
            "type": "string",
            "minLength": 1,
            "description": "the file, from PGSTRIKE_INGEST_DIR on: 2025-08-29.csv.gz",
        },
        "lots": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 1},
            "description": 'units per lot, by symbol: {"NIFTY": 75}',
        },
        "whole_chains": {
            "type": "boolean",
            "description": "whether each snapshot has every listed contract",
        },
        "accept_ahead": {
            "type": "boolean",
            "description": "whether quotes far ahead of their market are stored at once",
        },
    },
    required=("path",),
    run=run,
)
