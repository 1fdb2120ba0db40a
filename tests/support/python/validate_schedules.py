"""Validates exported schedules, and prints what is wrong with them.

Kubernetes' own schemas judge CronJobs, and AWS' own model judges the input of CreateSchedule.
"""

from __future__ import annotations

import json
import sys

import botocore.session
import kubernetes_validate
from botocore.validate import ParamValidator


def problems_of_list(text: str) -> list[str]:
    return [problem for item in json.loads(text)["items"] for problem in problems_of_job(item)]


def problems_of_job(job: dict[str, object]) -> list[str]:
    try:
        kubernetes_validate.validate(job, "1.31", strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{error.path}: {error.message}"]
    return []


def problems_of_schedules(text: str) -> list[str]:
    model = botocore.session.get_session().get_service_model("scheduler")
    shape = model.operation_model("CreateSchedule").input_shape
    reports = [ParamValidator().validate(schedule, shape) for schedule in json.loads(text)]
    return [report.generate_report() for report in reports if report.has_errors()]


kind, text = sys.argv[1:]
print(json.dumps(problems_of_list(text) if kind == "kubernetes" else problems_of_schedules(text)))
