"""What `pgstrike run` asks of APScheduler: a late job runs once, and jobs take turns."""

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

from pgstrike.jobs.schedule import schedule
from pgstrike.jobs.schedule.schedule import (
    WallClock,
    add_watchdog,
    make_due,
    make_scheduler,
)
from pgstrike.jobs.settings import JobsSettings

PATIENCE = 60
OVERLAP_SECONDS = 0.5  # two jobs at once would meet at once
NOW = datetime(2025, 9, 1, 10, tzinfo=UTC)


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundScheduler]:
    """All jobs, none of which is due yet; what they would do to a database is a mock."""
    for name in ("refresh_rollups", "refresh_snapshot", "judge_again"):
        monkeypatch.setattr(schedule, name, Mock())
    environ = {"PGSTRIKE_ROLLUP_SECONDS": "7", "PGSTRIKE_SNAPSHOT_SECONDS": "60"}
    made = make_scheduler("", JobsSettings.from_env(environ))
    add_watchdog(made, Mock(), Mock())
    made.start(paused=True)
    yield made
    made.shutdown()


def listen(
    scheduler: BackgroundScheduler, *kinds: int
) -> "SimpleQueue[JobExecutionEvent]":
    heard: SimpleQueue[JobExecutionEvent] = SimpleQueue()
    scheduler.add_listener(heard.put, sum(kinds))
    return heard


def due(
    scheduler: BackgroundScheduler,
    name: str,
    job: Callable[[], object],
    late: float = 0,
) -> None:
    when = datetime.now(UTC) - timedelta(seconds=late)
    scheduler.modify_job(name, func=job, args=[], next_run_time=when)


def test_job_that_is_late_runs_once(scheduler: BackgroundScheduler) -> None:
    """Ten times was its turn, the last half a minute ago."""
    submitted = listen(scheduler, EVENT_JOB_SUBMITTED)
    ended = listen(scheduler, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED)
    due(scheduler, "snapshot", lambda: None, late=9.5 * 60)
    scheduler.resume()
    assert len(submitted.get(timeout=PATIENCE).scheduled_run_times) == 1
    assert ended.get(timeout=PATIENCE).code == EVENT_JOB_EXECUTED


def test_job_that_takes_long_is_not_queued_behind_itself(
    scheduler: BackgroundScheduler,
) -> None:
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


def test_refreshes_take_turns_and_what_watches_does_not_wait(
    scheduler: BackgroundScheduler,
) -> None:
    entered, release = threading.Semaphore(0), threading.Event()
    watched: SimpleQueue[str] = SimpleQueue()

    def refresh() -> None:
        entered.release()
        release.wait(PATIENCE)

    for name in ("rollups", "pruning", "sessions", "upkeep"):
        due(scheduler, name, refresh)
    scheduler.resume()
    try:
        assert entered.acquire(timeout=PATIENCE)
        for name in ("snapshot", "watchdog", "notify queue", "feeds", "calendar"):
            due(scheduler, name, lambda name=name: watched.put(name))
        assert {watched.get(timeout=PATIENCE) for _ in range(5)} == {
            "snapshot",
            "watchdog",
            "notify queue",
            "feeds",
            "calendar",
        }
        assert not entered.acquire(timeout=OVERLAP_SECONDS)
    finally:
        release.set()


def test_each_job_has_its_interval_and_does_what_it_is_for(
    scheduler: BackgroundScheduler,
) -> None:
    jobs = {job.id: job for job in scheduler.get_jobs()}
    seconds = {name: job.trigger.interval.total_seconds() for name, job in jobs.items()}
    assert seconds == {
        "rollups": 7,
        "snapshot": 60,
        "pruning": 60,
        "sessions": 60,
        "upkeep": 30,
        "feeds": 10,
        "calendar": 10,
        "columnstore": 60,
        "notify queue": 5,
        "watchdog": 10,
    }
    for name in ("rollups", "snapshot"):
        jobs[name].args[2]("a connection")
    jobs["calendar"].args[2]("a connection")
    schedule.judge_again.assert_called_once_with("")
    schedule.refresh_rollups.assert_called_once_with("a connection", only_due=True)
    schedule.refresh_snapshot.assert_called_once_with("a connection", can_wait=True)


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
