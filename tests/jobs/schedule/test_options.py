"""What `pgstrike run` asks of APScheduler: a late tick comes once, and no job waits."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from unittest.mock import Mock

import pytest
from apscheduler.events import (
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    JobExecutionEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler

from pgstrike.db.lock import REFRESH, SNAPSHOT
from pgstrike.jobs.schedule import jobs, schedule
from pgstrike.jobs.schedule.job import Job
from pgstrike.jobs.schedule.jobs import make_edge_jobs, make_jobs
from pgstrike.jobs.schedule.names import NAMES
from pgstrike.jobs.schedule.schedule import WallClock, make_due, make_scheduler
from pgstrike.jobs.settings import JobsSettings

PATIENCE = 60
NOW = datetime(2025, 9, 1, 10, tzinfo=UTC)
INTERVALS = {
    "rollups": 0.2,
    "snapshot": 60,
    "pruning": 60,
    "sessions": 60,
    "upkeep": 30,
    "features": 1,
    "outcomes": 5,
    "feeds": 10,
    "calendar": 10,
    "columnstore": 60,
    "retention": 600,
    "notify_queue": 5,
    "watchdog": 10,
    "alerts": 1,
    "sinks": 1,
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Job]:
    """All jobs; what they would do to a database is a mock."""
    for name in (
        "refresh_due",
        "refresh_snapshot",
        "judge_again",
        "open_for_correction",
    ):
        monkeypatch.setattr(jobs, name, Mock())
    environ = {"PGSTRIKE_ROLLUP_SECONDS": "0.2", "PGSTRIKE_SNAPSHOT_SECONDS": "60"}
    return {
        job.name: job
        for job in make_jobs("the dsn", JobsSettings.from_env(environ), Mock())
    }


@pytest.fixture
def scheduler(made: dict[str, Job]) -> Iterator[BackgroundScheduler]:
    """The ticks of all jobs, none of which is due yet."""
    ticking = make_scheduler(made.values(), Mock())
    ticking.start(paused=True)
    yield ticking
    ticking.shutdown()


def listen(
    scheduler: BackgroundScheduler, *kinds: int
) -> "SimpleQueue[JobExecutionEvent]":
    heard: SimpleQueue[JobExecutionEvent] = SimpleQueue()
    scheduler.add_listener(heard.put, sum(kinds))
    return heard


def due(
    scheduler: BackgroundScheduler,
    name: str,
    tick: Callable[[], object],
    late: float = 0,
) -> None:
    """Let a job tick once."""
    when = datetime.now(UTC) - timedelta(seconds=late)
    scheduler.modify_job(name, func=tick, args=[])
    scheduler.reschedule_job(name, trigger="interval", seconds=60)
    scheduler.modify_job(name, next_run_time=when)


def test_tick_that_is_late_comes_once(scheduler: BackgroundScheduler) -> None:
    """Ten times was its turn, the last half a minute ago."""
    for name in INTERVALS:
        due(scheduler, name, Mock(), late=-3600)
    submitted = listen(scheduler, EVENT_JOB_SUBMITTED)
    ended = listen(scheduler, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED)
    due(scheduler, "snapshot", lambda: None, late=9.5 * 60)
    scheduler.resume()
    assert len(submitted.get(timeout=PATIENCE).scheduled_run_times) == 1
    assert ended.get(timeout=PATIENCE).code == EVENT_JOB_EXECUTED


def test_job_that_takes_long_is_not_queued_behind_itself(
    scheduler: BackgroundScheduler,
) -> None:
    for name in INTERVALS:
        due(scheduler, name, Mock(), late=-3600)
    begun, release = threading.Event(), threading.Event()
    heard = listen(scheduler, EVENT_JOB_SUBMITTED, EVENT_JOB_MAX_INSTANCES)

    def long() -> None:
        begun.set()
        release.wait(PATIENCE)

    due(scheduler, "snapshot", long)
    scheduler.resume()
    try:
        assert begun.wait(PATIENCE)
        due(scheduler, "snapshot", long)
        codes = [heard.get(timeout=PATIENCE).code for _ in range(2)]
    finally:
        release.set()
    assert codes == [EVENT_JOB_SUBMITTED, EVENT_JOB_MAX_INSTANCES]


def test_no_job_waits_for_another(scheduler: BackgroundScheduler) -> None:
    """All are in the middle of a run at once."""
    together = threading.Barrier(len(INTERVALS) + 1)
    for name in INTERVALS:
        due(scheduler, name, lambda: together.wait(PATIENCE))
    scheduler.resume()
    together.wait(PATIENCE)


def test_each_job_has_its_interval_and_does_what_it_is_for(
    made: dict[str, Job],
) -> None:
    assert {name: job.seconds for name, job in made.items()} == INTERVALS
    for name in ("rollups", "snapshot", "calendar"):
        made[name].work(Mock())
    assert jobs.refresh_due.called
    assert jobs.refresh_snapshot.call_args.kwargs == {"can_wait": True}
    assert jobs.judge_again.call_args.args[0] == "the dsn"
    locks = {name: job.lock for name, job in made.items() if job.lock}
    assert locks == {"rollups": REFRESH, "snapshot": SNAPSHOT, "upkeep": SNAPSHOT}


def test_ticks_come_twice_a_second_or_as_often_as_the_job(
    scheduler: BackgroundScheduler,
) -> None:
    seconds = {
        job.id: job.trigger.interval.total_seconds() for job in scheduler.get_jobs()
    }
    assert seconds == {name: 0.2 if name == "rollups" else 0.5 for name in INTERVALS}


def test_everything_is_due_when_the_clock_was_set(
    scheduler: BackgroundScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "wall_time", lambda: NOW)
    make_due(scheduler)
    assert {job.next_run_time for job in scheduler.get_jobs()} == {NOW}


@pytest.mark.parametrize(
    ("seconds", "jumped"), [(-3600, True), (3600, True), (0.5, False), (-0.5, False)]
)
def test_clock_that_was_set_is_noticed_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, jumped: bool
) -> None:
    monkeypatch.setattr(schedule, "monotonic", lambda: 0.0)
    monkeypatch.setattr(schedule, "wall_time", lambda: NOW)
    clock = WallClock()
    assert not clock.jumped()
    monkeypatch.setattr(schedule, "wall_time", lambda: NOW + timedelta(seconds=seconds))
    assert clock.jumped() is jumped
    assert not clock.jumped()


def test_names_are_those_of_the_jobs() -> None:
    settings = JobsSettings.from_env({})
    made = [
        *make_jobs("the dsn", settings, Mock()),
        *make_edge_jobs(settings, Mock()),
    ]
    assert sorted({job.name for job in made}) == [*NAMES]
