"""Reports to the coordinator how many of Spark's tasks the running steps have done."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Mapping

    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import JobProgress
    from lake_job.spark.storage import Storage

# Minimum time between two reports of a step's progress. Each report is a write to the lake.
EVERY_SECONDS = 3.0


class TaskProgress:
    """Writes the progress of steps into the mailbox, if it has changed."""

    def __init__(self, spark: SparkSession, storage: Storage, directory: str) -> None:
        self._tracker = spark.sparkContext.statusTracker()
        self._storage = storage
        self._directory = directory
        self._told: dict[str, JobProgress] = {}
        self._told_at = time.monotonic()

    def report(self, groups: Mapping[str, str]) -> None:
        """`groups` has the group of Spark's jobs for each step that runs."""
        now = time.monotonic()
        if now - self._told_at < EVERY_SECONDS:
            return
        self._told_at = now
        # No step depends on its progress: a failure must not end the driver.
        with contextlib.suppress(Exception):
            for step, group in groups.items():
                self._tell_of(step, self._of_group(group))

    def _tell_of(self, step: str, progress: JobProgress) -> None:
        if progress["total"] > 0 and progress != self._told.get(step):
            self._told[step] = progress
            self._storage.replace_json(f"{self._directory}/{step}.progress.json", progress)

    def _of_group(self, group: str) -> JobProgress:
        """Counts the tasks of all stages of the jobs that run now."""
        jobs = [self._tracker.getJobInfo(job) for job in self._tracker.getJobIdsForGroup(group)]
        running = [job for job in jobs if job is not None and job.status == "RUNNING"]
        stages = [self._tracker.getStageInfo(stage) for job in running for stage in job.stageIds]
        known = [stage for stage in stages if stage is not None]
        return {
            "done": sum(stage.numCompletedTasks for stage in known),
            "total": sum(stage.numTasks for stage in known),
        }
