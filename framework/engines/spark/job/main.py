"""
The Spark job of lake. It does the steps that are put into the directory `--session URI`, one after the other or several at once, until it is told
to stop, nobody is heard of any more, or nothing has come for `--idle SECONDS`. Specs and results are JSON: N.spec.json, N.result.json. Where the driver
itself fails, failed.json says why: logs come late, or not at all.
"""

import argparse
import sys
import traceback

from pyspark.sql import SparkSession
from storage import Storage


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--session", required=True)
    arguments.add_argument("--idle", type=float)
    asked = arguments.parse_args()
    spark = SparkSession.builder.getOrCreate()
    try:
        # Here, so that it is told too what in them cannot be loaded.
        from attempt import attempt
        from session import serve

        serve(spark, asked.session, attempt, asked.idle)
    except Exception as error:
        failure = {"kind": "job", "message": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        Storage(spark).write_json(f"{asked.session}/failed.json", failure)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
