"""What the coordinator and the job say to each other. Made from job-spec.ts by `npm run spark:types`."""

from typing import Any, Dict, List, Literal, TypedDict, Union


Column = TypedDict("Column", {
    "name": str,
    "type": "ColumnType",
})

LineColumn = TypedDict("LineColumn", {
    "name": str,
    "type": "ColumnType",
    "nullable": bool,
    "emptyIsNull": bool,
    "refinements": List[Union[Dict[str, Any]]],
})

Table = TypedDict("Table", {
    "columns": List["Column"],
    "files": List[str],
})

RowCheck = TypedDict("RowCheck", {
    "name": str,
    "severity": Literal["error", "warn"],
    "predicate": str,
})

Reference = TypedDict("Reference", {
    "name": str,
    "severity": Literal["error", "warn"],
    "column": str,
    "target": str,
    "table": Union["Table", Literal["itself"]],
})

Output = TypedDict("Output", {
    "columns": List["Column"],
    "partitionBy": List[str],
    "primaryKey": List[str],
    "directory": str,
})

Checks = TypedDict("Checks", {
    "rows": List["RowCheck"],
    "unique": List[str],
    "references": List["Reference"],
})

Build = TypedDict("Build", {
    "kind": Literal["build"],
    "inputs": Dict[str, "Table"],
    "sql": str,
    "output": "Output",
    "checks": "Checks",
})

Ingest = TypedDict("Ingest", {
    "kind": Literal["ingest"],
    "root": str,
    "groups": List[List[Dict[str, Any]]],
    "line": List["LineColumn"],
    "rewritten": "Table",
    "replacedPaths": List[str],
    "output": "Output",
})

Fingerprint = TypedDict("Fingerprint", {
    "kind": Literal["fingerprint"],
    "table": "Table",
    "primaryKey": List[str],
})

Converse = TypedDict("Converse", {
    "kind": Literal["converse"],
    "conversation": str,
    "begins": bool,
    "ends": bool,
    "statements": List["Statement"],
})

ColumnFigures = TypedDict("ColumnFigures", {
    "nulls": int,
    "min": Union[str, float, bool, "None"],
    "max": Union[str, float, bool, "None"],
    "sum": str,
})

FileFigures = TypedDict("FileFigures", {
    "rows": int,
    "columns": List["ColumnFigures"],
})

WrittenFile = TypedDict("WrittenFile", {
    "rows": int,
    "columns": List["ColumnFigures"],
    "location": str,
    "size": int,
    "partitionValues": Dict[str, Union[str, "None"]],
})

CheckFailure = TypedDict("CheckFailure", {
    "check": str,
    "severity": Literal["error", "warn"],
    "rows": int,
    "sample": List[Dict[str, Any]],
})

RejectedLine = TypedDict("RejectedLine", {
    "file": str,
    "line": int,
    "reason": str,
    "text": str,
})

ReadFile = TypedDict("ReadFile", {
    "path": str,
    "size": int,
    "rows": int,
    "rejected": int,
})

Built = TypedDict("Built", {
    "files": List["WrittenFile"],
    "checks": List["CheckFailure"],
})

Ingested = TypedDict("Ingested", {
    "files": List["WrittenFile"],
    "read": List["ReadFile"],
    "rejects": List["RejectedLine"],
    "moved": List[str],
})

Fingerprinted = TypedDict("Fingerprinted", {
    "files": List["FileFigures"],
})

Conversed = TypedDict("Conversed", {
    "isKnown": bool,
    "answers": List[Any],
})

TableFigures = TypedDict("TableFigures", {
    "rows": int,
    "columns": List[Dict[str, Any]],
})

JobError = TypedDict("JobError", {
    "kind": Literal["query", "cluster", "job"],
    "message": str,
    "traceback": str,
})

ColumnType = Union[Dict[str, Any]]
Statement = Union[Dict[str, Any]]
JobSpec = Union[Build, Ingest, Fingerprint, Converse]
JobResult = Union[Dict[str, Any]]
