"""
The Spark job of lake. It does the steps that are put into the directory `--session URI`, one after the other or several at once, until it is told
to stop, nobody is heard of any more, or nothing has come for `--idle SECONDS`. Specs and results are JSON: N.spec.json, N.result.json.
"""

import argparse
import sys

from attempt import attempt
from pyspark.sql import SparkSession
from session import serve


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--session", required=True)
    arguments.add_argument("--idle", type=float)
    asked = arguments.parse_args()
    serve(SparkSession.builder.getOrCreate(), asked.session, attempt, asked.idle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
