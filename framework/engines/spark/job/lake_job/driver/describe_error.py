"""Describes an exception as data: its kind, and what its reader needs to know."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, ParseException

from lake_job.tables.column_types import QueryError

if TYPE_CHECKING:
    from lake_job.protocol.job_types import JobError

# How Spark marks an error in a query's values or text: `[CAST_OVERFLOW] ...`.
QUERY_ERROR = re.compile(r"Spark\w*Exception: \[[A-Z_.]+\]|SQLSTATE: (?:21|22|42)")

CAUSED_BY = "Caused by: "


def describe_error(error: Exception) -> JobError:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return job_error(error, "".join(lines))


def job_error(error: Exception, trace: str) -> JobError:
    if isinstance(error, (AnalysisException, ParseException, QueryError)):
        return {"kind": "query", "message": without_plan(str(error)), "traceback": trace}
    cause = root_cause(str(error)) or type(error).__name__
    if QUERY_ERROR.search(str(error)):
        return {"kind": "query", "message": cause, "traceback": trace}
    if "org.apache.spark" in trace or "Py4J" in trace:
        return {"kind": "cluster", "message": cause, "traceback": trace}
    message = f"{type(error).__name__}: {error}"
    return {"kind": "job", "message": message, "traceback": trace}


def root_cause(message: str) -> str:
    """The last cause in a message of Java, or else its first line.

    If a task failed, the cause comes below the stack trace of the stage.
    """
    lines = [line.strip() for line in message.splitlines()]
    causes = [line[len(CAUSED_BY) :] for line in lines if line.startswith(CAUSED_BY)]
    cause = causes[-1] if causes else next((line for line in lines if line), "")
    return cause[:2000]


def without_plan(message: str) -> str:
    """Cuts off the query plan that Spark prints below its message."""
    return re.split(";\n'|\n\nJVM stacktrace", message, maxsplit=1)[0].strip()[:4000]
