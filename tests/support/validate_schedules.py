"""Validates exported schedules: CronJobs by the schemas of Kubernetes, inputs of CreateSchedule by the model of AWS."""

import json
import sys

import botocore.session
import kubernetes_validate
from botocore.validate import ParamValidator


def problems_of_list(text: str) -> list[str]:
    found = []
    for item in json.loads(text)["items"]:
        try:
            kubernetes_validate.validate(item, "1.31", strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{error.path}: {error.message}")
    return found


def problems_of_schedules(text: str) -> list[str]:
    model = botocore.session.get_session().get_service_model("scheduler")
    shape = model.operation_model("CreateSchedule").input_shape
    reports = [ParamValidator().validate(schedule, shape) for schedule in json.loads(text)]
    return [report.generate_report() for report in reports if report.has_errors()]


kind, text = sys.argv[1:]
print(json.dumps(problems_of_list(text) if kind == "kubernetes" else problems_of_schedules(text)))
