"""
The Spark job of lake. It does the steps that are put into the directory `--session URI`, one after the other or several at once, until it is told
to stop, nobody is heard of any more, or nothing has come for `--idle SECONDS`. Specs and results are JSON: N.spec.json, N.result.json.
"""

import argparse
import sys
import traceback
from typing import Any, Dict

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from session import serve
from steps import run_step
from tables import QueryFault

def open_session(spark: SparkSession, settings: Dict[str, str]) -> SparkSession:
    """A session whose views and settings nobody else sees: what rows come out does not hang on how a cluster is set up."""
    own = spark.newSession()
    for name, value in settings.items():
        own.conf.set(name, value)
    return own


def attempt(spark: SparkSession, spec: Dict[str, Any]) -> Dict[str, Any]:
    try:
        return {"status": "succeeded", "value": run_step(open_session(spark, spec["settings"]), spec)}
    except Exception as error:
        return {"status": "failed", "error": describe(error)}


def describe(error: Exception) -> Dict[str, Any]:
    told = traceback.format_exc()
    if isinstance(error, (AnalysisException, ParseException, QueryFault)):
        return {"kind": "query", "message": first_lines(str(error)), "traceback": told}
    if "org.apache.spark" in told or "Py4J" in told:
        message = root_cause(error)
        return {"kind": "query" if "SQLSTATE: 22" in message else "cluster", "message": message, "traceback": told}
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


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--session", required=True)
    arguments.add_argument("--idle", type=float)
    asked = arguments.parse_args()
    serve(SparkSession.builder.getOrCreate(), asked.session, attempt, asked.idle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
