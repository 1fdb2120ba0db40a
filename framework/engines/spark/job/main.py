"""The Spark job of lake, which serves the mailbox at `--session URI`.

Specs and results are JSON in the mailbox: N.spec.json, N.result.json. The job's log is for people.
The job ends when the coordinator asks for a stop or is silent, or when no step has come for
`--idle SECONDS`. If the driver itself fails, failed.json says why.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from lake_job.spark.storage import Storage

if TYPE_CHECKING:
    from typing import Sequence

    from lake_job.protocol.job_types import JobError


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--session", required=True)
    parser.add_argument("--idle", type=float)
    arguments = parser.parse_args(given)
    spark = SparkSession.builder.getOrCreate()
    try:
        # Imported here, so that failed.json also says which module cannot be loaded.
        from lake_job.driver.serve_mailbox import serve_mailbox
        from lake_job.driver.step_runner import StepRunner

        serve_mailbox(spark, arguments.session, StepRunner(spark).run, arguments.idle)
    except Exception as error:
        failure: JobError = {
            "kind": "job",
            "message": f"{type(error).__name__}: {error}",
            "traceback": traceback.format_exc(),
        }
        Storage(spark).write_json(f"{arguments.session}/failed.json", failure)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
