"""One step: a session of its own, and whatever goes wrong told as data."""

import re
import traceback
from typing import Any, Dict

from conversation import conversation_of
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from steps import run_step
from tables import QueryFault

# How Spark marks what is wrong with the values or the text of a query: `[CAST_OVERFLOW] ...`.
ERROR_CLASS = re.compile(r"Spark\w*Exception: \[[A-Z_.]+\]|SQLSTATE: (?:21|22|42)")


LOST = {"isKnown": False, "answers": []}


def attempt(spark: SparkSession, spec: Dict[str, Any]) -> Dict[str, Any]:
    try:
        return {"status": "succeeded", "value": value_of(spark, spec)}
    except Exception as error:
        return {"status": "failed", "error": describe(error)}


def value_of(spark: SparkSession, spec: Dict[str, Any]) -> Any:
    if spec["kind"] != "converse":
        return run_step(open_session(spark, spec["settings"]), spec)
    conversation = conversation_of(spec, lambda: open_session(spark, spec["settings"]))
    if conversation is None:
        return LOST
    activate(conversation.session)
    answers = conversation.answers(spec["statements"])
    if spec["ends"]:
        conversation.end(spec["conversation"])
    return LOST if answers is None else {"isKnown": True, "answers": answers}


def open_session(spark: SparkSession, settings: Dict[str, str]) -> SparkSession:
    """A session whose views and settings nobody else sees: what rows come out does not hang on how a cluster is set up."""
    own = spark.newSession()
    for name, value in settings.items():
        own.conf.set(name, value)
    activate(own)
    return own


def activate(session: SparkSession) -> None:
    """A cast is made by the settings of the thread's active session, whatever session its rows are of: without ANSI it would wrap around."""
    find_class = getattr(SparkSession, "_get_j_spark_session_class", None)
    sessions = find_class(session._jvm) if find_class else session._jvm.SparkSession
    sessions.setActiveSession(session._jsparkSession)
    if session._jvm.org.apache.spark.sql.internal.SQLConf.get().getConfString("spark.sql.ansi.enabled") != "true":
        raise RuntimeError("the session's settings do not hold in this thread")


def describe(error: Exception) -> Dict[str, Any]:
    told = traceback.format_exc()
    if isinstance(error, (AnalysisException, ParseException, QueryFault)):
        return {"kind": "query", "message": first_lines(str(error)), "traceback": told}
    message = root_cause(error)
    if ERROR_CLASS.search(str(error)):
        return {"kind": "query", "message": message, "traceback": told}
    if "org.apache.spark" in told or "Py4J" in told:
        return {"kind": "cluster", "message": message, "traceback": told}
    return {"kind": "job", "message": f"{type(error).__name__}: {error}", "traceback": told}


def root_cause(error: Exception) -> str:
    """The last cause that Java tells of, in one line; a failed task hides it below the stack of the stage."""
    lines = [line.strip() for line in str(error).splitlines()]
    causes = [line[len("Caused by: ") :] for line in lines if line.startswith("Caused by: ")]
    told = causes[-1] if causes else next((line for line in lines if line), type(error).__name__)
    return told[:2000]


def first_lines(text: str) -> str:
    """Without the plan that Spark prints below its message."""
    return text.split(";\n'")[0].split("\n\nJVM stacktrace")[0].strip()[:4000]
