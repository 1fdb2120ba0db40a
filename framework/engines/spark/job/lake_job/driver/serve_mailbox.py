"""Serves a mailbox: runs the steps that the coordinator puts there, and writes their results."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pyspark import InheritableThread

from lake_job.driver.task_progress import TaskProgress
from lake_job.spark.storage import Storage

if TYPE_CHECKING:
    from typing import Callable, Iterable

    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import JobResult, JobSpec

    RunStep = Callable[[JobSpec], JobResult]

# How long to wait before the next look: short after a step has come or ended, then longer.
MINIMUM_PAUSE_SECONDS = 0.05
MAXIMUM_PAUSE_SECONDS = 1.0

# The coordinator rewrites `alive.json` every half a minute. If it has not done so for this long,
# no process waits for results any more.
SILENCE_SECONDS = 300.0
LISTEN_SECONDS = 15.0

# How long canceled steps may take to end before the driver ends without them.
JOIN_SECONDS = 30.0


class Mail(NamedTuple):
    """The names of steps, as the mailbox has them."""

    specs: frozenset[str]
    results: frozenset[str]
    canceled: frozenset[str]
    is_stopped: bool


def mail_of(files: Iterable[str]) -> Mail:
    kinds: dict[str, set[str]] = {"spec": set(), "result": set(), "cancel": set()}
    names = set(files)
    for name in names:
        match = re.fullmatch(r"(\d+)\.(spec|result|cancel)\.json", name)
        if match:
            kinds[match[2]].add(match[1])
    specs, results, canceled = (frozenset(steps) for steps in kinds.values())
    return Mail(specs, results, canceled, "stop.json" in names)


def serve_mailbox(
    spark: SparkSession, directory: str, run_step: RunStep, idle_seconds: float | None
) -> None:
    """Serves until the coordinator asks for a stop or is silent, or no step comes in time.

    The driver waits `idle_seconds` for a step.
    """
    storage = Storage(spark)
    workers = StepThreads(spark, directory, run_step)
    progress = TaskProgress(spark, storage, directory)
    pulse = Pulse(storage, f"{directory}/alive.json")
    pause = MINIMUM_PAUSE_SECONDS
    busy_at = time.monotonic()
    while pulse.is_heard():
        mail = mail_of(storage.names(directory))
        if mail.is_stopped:
            break
        has_started = workers.start(mail.specs - mail.results)
        workers.cancel(mail.canceled)
        if has_started or workers.are_busy():
            busy_at = time.monotonic()
        elif idle_seconds is not None and time.monotonic() - busy_at > idle_seconds:
            break
        progress.report(workers.busy_groups())
        is_quick = has_started or workers.has_ended()
        pause = MINIMUM_PAUSE_SECONDS if is_quick else min(MAXIMUM_PAUSE_SECONDS, pause * 1.2)
        workers.wait_for_end(pause)
    workers.stop()


class StepThreads:
    """Runs each step in a thread of its own, once."""

    def __init__(self, spark: SparkSession, directory: str, run_step: RunStep) -> None:
        self._spark = spark
        self._directory = directory
        self._run_step = run_step
        self._storage = Storage(spark)
        self._threads: dict[str, threading.Thread] = {}
        self._started: set[str] = set()
        self._canceled: set[str] = set()
        self._ended = threading.Event()

    def start(self, steps: Iterable[str]) -> bool:
        """Returns whether a step was new."""
        new = sorted(set(steps) - self._started, key=int)
        for step in new:
            self._started.add(step)
            thread = InheritableThread(target=self._work, args=(step,), daemon=True)
            thread.start()
            self._threads[step] = thread
        return bool(new)

    def cancel(self, steps: Iterable[str]) -> None:
        for step in set(steps) - self._canceled:
            self._canceled.add(step)
            self._spark.sparkContext.cancelJobGroup(self._job_group(step))

    def are_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads.values())

    def busy_groups(self) -> dict[str, str]:
        """The group of Spark's jobs for each step that runs."""
        busy = [step for step, thread in self._threads.items() if thread.is_alive()]
        return {step: self._job_group(step) for step in busy}

    def has_ended(self) -> bool:
        """Whether a step has ended since the last wait."""
        return self._ended.is_set()

    def wait_for_end(self, seconds: float) -> None:
        self._ended.clear()
        self._ended.wait(seconds)

    def stop(self) -> None:
        """Cancels the jobs of all busy steps before it waits for one of them."""
        for group in self.busy_groups().values():
            self._spark.sparkContext.cancelJobGroup(group)
        for thread in self._threads.values():
            thread.join(JOIN_SECONDS)

    def _work(self, step: str) -> None:
        group = self._job_group(step)
        # Spark's jobs of this thread are in this group. Canceling the group cancels them.
        self._spark.sparkContext.setJobGroup(group, group, interruptOnCancel=True)
        spec = self._storage.read_json(f"{self._directory}/{step}.spec.json")
        result = self._run_step(spec)
        self._storage.write_json(f"{self._directory}/{step}.result.json", result)
        self._ended.set()

    def _job_group(self, step: str) -> str:
        return f"{self._directory}/{step}"


class Pulse:
    """Whether the coordinator rewrote its file lately.

    The file's content has to change. Only this machine's clock counts, since the clocks of other
    machines may differ.
    """

    def __init__(self, storage: Storage, uri: str) -> None:
        self._storage = storage
        self._uri = uri
        self._last: Any = None
        self._heard_at = time.monotonic()
        self._looked_at = 0.0

    def is_heard(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at > LISTEN_SECONDS:
            self._looked_at = now
            content = self._storage.read_json(self._uri)
            if content != self._last:
                self._last, self._heard_at = content, now
        return now - self._heard_at < SILENCE_SECONDS
