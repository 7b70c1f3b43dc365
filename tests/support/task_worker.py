"""`python -m tests.support.task_worker`: the workers of `pgstrike run`, and nothing else."""

import logging
import os
import threading

from pgstrike.jobs.settings import JobsSettings
from pgstrike.jobs.tasks.pool import working

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    with working(os.environ["PGSTRIKE_DSN"], JobsSettings.from_env(os.environ)):
        threading.Event().wait()
