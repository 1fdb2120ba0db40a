"""Runs the job of a step on the Spark that all test files share, and waits for its end.

Its arguments are the path of Spark's socket and the arguments of the step's spark-submit: options,
the job's program, and the arguments of the program.
"""

import json
import os
import socket
import sys

path, *submitted = sys.argv[1:]
program = next(place for place, word in enumerate(submitted) if word.endswith("/main.py"))


def hadoop_settings():
    prefix = "spark.hadoop."
    settings = [word for word in submitted[:program] if word.startswith(prefix)]
    return {
        **dict(setting[len(prefix) :].split("=", 1) for setting in settings),
        # The shared Spark has no variables of AWS.
        "fs.s3a.access.key": os.environ["AWS_ACCESS_KEY_ID"],
        "fs.s3a.secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
    }


with socket.socket(socket.AF_UNIX) as spark:
    spark.connect(path)
    request = {"job": submitted[program + 1 :], "hadoop": hadoop_settings()}
    spark.sendall((json.dumps(request) + "\n").encode())
    answer = json.loads(spark.makefile().readline() or '{"error": "Spark has ended"}')
sys.exit(answer.get("error"))
