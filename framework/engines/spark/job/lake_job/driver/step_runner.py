"""Runs steps: each in its own Spark session or in a SQL session, and reports errors as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake_job.driver.describe_error import describe_error
from lake_job.spark.jvm import activate_session
from lake_job.steps.build import build
from lake_job.steps.fingerprint import fingerprint
from lake_job.steps.ingest import ingest
from lake_job.steps.sql_session import SqlSession

if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

    from pyspark.sql import SparkSession

    from lake_job.protocol.job_types import Execute, Executed, JobResult, JobSpec

    Handler = Callable[[SparkSession, Any], object]

# Each handler takes the spec of its kind.
HANDLERS: Mapping[str, Handler] = {"build": build, "ingest": ingest, "fingerprint": fingerprint}


class StepRunner:
    """Runs the steps of one driver. SQL sessions last from one step to the next."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._sql_sessions: dict[str, SqlSession] = {}

    def run(self, spec: JobSpec) -> JobResult:
        try:
            return {"status": "succeeded", "value": self._value(spec)}
        except Exception as error:
            return {"status": "failed", "error": describe_error(error)}

    def _value(self, spec: JobSpec) -> object:
        if spec["kind"] == "execute":
            return self._execute(spec)
        handler = HANDLERS.get(spec["kind"])
        if handler is None:
            raise RuntimeError(f"the job knows no step {spec['kind']!r}")
        return handler(new_session(self._spark, spec["settings"]), spec)

    def _execute(self, spec: Execute) -> Executed:
        session = self._sql_session(spec)
        if session is None:
            return {"isKnown": False, "results": []}
        activate_session(session.spark)
        results = session.execute(spec["statements"])
        if spec["ends"]:
            self._sql_sessions.pop(spec["sqlSession"], None)
            session.close()
        if results is None:
            return {"isKnown": False, "results": []}
        return {"isKnown": True, "results": results}

    def _sql_session(self, spec: Execute) -> SqlSession | None:
        """None if the session began in another driver."""
        key = spec["sqlSession"]
        if spec["begins"]:
            self._sql_sessions[key] = SqlSession(new_session(self._spark, spec["settings"]))
        return self._sql_sessions.get(key)


def new_session(spark: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """A session with views and settings of its own: rows do not depend on the cluster's setup."""
    session = spark.newSession()
    for name, value in settings.items():
        session.conf.set(name, value)
    activate_session(session)
    return session
