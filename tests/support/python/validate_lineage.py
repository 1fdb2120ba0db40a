"""Reads OpenLineage events, one on each line, as objects of the OpenLineage client's classes.

Prints what is wrong with each event.
"""

import importlib
import json
import pkgutil
import sys
import types
import typing
from enum import Enum

import attr
from openlineage.client import generated
from openlineage.client.generated import base

MODULES = [
    importlib.import_module(f"openlineage.client.generated.{module.name}")
    for module in pkgutil.iter_modules(generated.__path__)
]
FACETS = {
    kind._get_schema(): kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, base.BaseFacet)
}
NAMES = {name: kind for module in MODULES for name, kind in vars(module).items()}


def build(hint, value, at):
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return build(next(kind for kind in args if kind is not type(None)), value, at)
    if origin is list:
        return [build(args[0], item, f"{at}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        return {key: build(args[1], item, f"{at}.{key}") for key, item in value.items()}
    if attr.has(hint):
        return construct(facet_of(hint, value, at), value, at)
    return scalar(hint, value, at)


def facet_of(hint, value, at):
    """The class of the schema that a facet names. For all other values, the expected class."""
    if not issubclass(hint, base.BaseFacet) or "_schemaURL" not in value:
        return hint
    kind = FACETS.get(value["_schemaURL"])
    if kind is None or not issubclass(kind, hint):
        raise TypeError(f"{at}: {value['_schemaURL']} is no {hint.__name__}")
    return kind


def scalar(hint, value, at):
    if hint is typing.Any:
        return value
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    wanted = (int, float) if hint is float else hint
    if not isinstance(value, wanted) or (hint is not bool and isinstance(value, bool)):
        raise TypeError(f"{at} is {value!r}, and has to be a {hint.__name__}")
    return value


def construct(kind, value, at):
    hints = typing.get_type_hints(kind, {**NAMES, **vars(sys.modules[kind.__module__])})
    fields = {field.name: field for field in attr.fields(kind)}
    unknown = set(value) - set(fields)
    if unknown:
        raise TypeError(f"{at} has no {', '.join(sorted(unknown))}")
    given = {
        fields[name].alias: build(hints[name], item, f"{at}.{name}")
        for name, item in value.items()
        if fields[name].init
    }
    built = kind(**given)
    schema = value.get("schemaURL", value.get("_schemaURL"))
    if schema is not None and schema != kind._get_schema():
        raise TypeError(f"{at}: {schema} is not the schema of {kind.__name__}")
    return built


def problem(line):
    try:
        construct(base.RunEvent, json.loads(line), "event")
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"


with open(sys.argv[1], encoding="utf-8") as events:
    print(json.dumps([problem(line) for line in events]))
