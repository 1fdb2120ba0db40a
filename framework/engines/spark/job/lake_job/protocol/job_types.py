"""The JSON that the coordinator and the job exchange, made from protocol/schema/.

`npm run spark:types` writes this file.
"""

from __future__ import annotations

from typing import Literal, TypedDict, Union


class SimpleType(TypedDict):
    kind: Literal["text", "boolean", "int", "bigint", "double", "date", "timestamp", "binary"]


class DecimalType(TypedDict):
    kind: Literal["decimal"]
    precision: int
    scale: int


class ArrayType(TypedDict):
    kind: Literal["array"]
    element: ColumnType
    nullable: bool


class StructField(TypedDict):
    name: str
    type: ColumnType
    nullable: bool


class StructType(TypedDict):
    kind: Literal["struct"]
    fields: list[StructField]


class MapKey(TypedDict):
    kind: Literal["text", "int", "bigint", "date"]


class MapType(TypedDict):
    kind: Literal["map"]
    key: MapKey
    value: ColumnType
    nullable: bool


class Column(TypedDict):
    name: str
    type: ColumnType


class TakeState(TypedDict):
    kind: Literal["take"]
    ranges: list[tuple[int, int]]
    to: list[int]


class PositionState(TypedDict):
    kind: Literal["position"]
    at: Literal["start", "end", "boundary"]
    to: list[int]


class PassState(TypedDict):
    kind: Literal["pass"]
    to: list[int]


class Automaton(TypedDict):
    start: int
    states: list[State]


class BoundRefinement(TypedDict):
    kind: Literal["bound"]
    expected: str
    operator: Literal[">", ">=", "<", "<="]
    value: str


class LengthRefinement(TypedDict):
    kind: Literal["length"]
    expected: str
    operator: Literal[">=", "<=", "="]
    value: str


class MultipleOfRefinement(TypedDict):
    kind: Literal["multiple-of"]
    expected: str
    value: str


class PatternRefinement(TypedDict):
    kind: Literal["pattern"]
    expected: str
    pattern: Automaton


class OneOfRefinement(TypedDict):
    kind: Literal["one-of"]
    expected: str
    values: list[str]


class ZoneOffsets(TypedDict):
    name: str
    until: list[int]
    offsets: list[int]


class PlainFormat(TypedDict):
    kind: Literal["json", "special-numbers", "hex", "base64url"]


class EpochFormat(TypedDict):
    kind: Literal["epoch"]
    unit: str
    power: int
    truncates: bool


class TimeFormat(TypedDict):
    kind: Literal["time"]
    pattern: str
    parts: list[str]
    expected: str
    zone: ZoneOffsets | None
    ambiguous: Literal["refuse", "earlier", "later"]
    truncates: bool


class PartFormats(TypedDict):
    kind: Literal["parts"]
    parts: list[LineFormat | None]


class LineColumn(TypedDict):
    name: str
    type: ColumnType
    nullable: bool
    emptyIsNull: bool
    refinements: list[LineRefinement]
    format: LineFormat | None
    keys: list[str]
    within: list[str]


class SomeRows(TypedDict):
    file: str
    kind: Literal["except", "only"]
    positions: str


class Table(TypedDict):
    columns: list[Column]
    files: list[str]
    someRows: list[SomeRows]


class RowCheck(TypedDict):
    name: str
    severity: Severity
    predicate: str


class Reference(TypedDict):
    name: str
    severity: Severity
    column: str
    target: str
    table: Table | Literal["itself"]


class Output(TypedDict):
    columns: list[Column]
    partitionBy: list[str]
    primaryKey: list[str]
    directory: str


class Checks(TypedDict):
    rows: list[RowCheck]
    unique: list[str]
    references: list[Reference]


class ListedFile(TypedDict):
    path: str
    size: int
    values: list[str]
    refused: str | None


class Build(TypedDict):
    kind: Literal["build"]
    inputs: dict[str, Table]
    sql: str
    output: Output
    checks: Checks
    settings: dict[str, str]


class Ingest(TypedDict):
    kind: Literal["ingest"]
    root: str
    groups: list[list[ListedFile]]
    line: list[LineColumn]
    fromPath: list[Column]
    unknownKeys: Literal["report", "reject", "ignore"]
    rewritten: Table
    replacedPaths: list[str]
    output: Output
    settings: dict[str, str]


class Fingerprint(TypedDict):
    kind: Literal["fingerprint"]
    table: Table
    primaryKey: list[str]
    settings: dict[str, str]


class ReadStatement(TypedDict):
    do: Literal["read"]
    name: str
    table: Table
    withFile: bool


class ViewStatement(TypedDict):
    do: Literal["view"]
    name: str
    sql: str


class KeepStatement(TypedDict):
    do: Literal["keep"]
    name: str
    sql: str
    columns: list[Column] | None


class TextsStatement(TypedDict):
    do: Literal["texts"]
    name: str
    values: list[str]


class StatsStatement(TypedDict):
    do: Literal["stats"]
    table: str


class RowsStatement(TypedDict):
    do: Literal["rows"]
    sql: str


class WriteStatement(TypedDict):
    do: Literal["write"]
    sql: str
    output: Output


class Execute(TypedDict):
    kind: Literal["execute"]
    sqlSession: str
    begins: bool
    ends: bool
    statements: list[Statement]
    settings: dict[str, str]


class ColumnStats(TypedDict):
    nulls: int
    min: Cell
    max: Cell
    sum: str


class FileStats(TypedDict):
    rows: int
    columns: list[ColumnStats]


class WrittenFile(TypedDict):
    rows: int
    columns: list[ColumnStats]
    location: str
    size: int
    partitionValues: dict[str, str | None]


class CheckFailure(TypedDict):
    check: str
    severity: Severity
    rows: int
    sample: list[dict[str, object]]


class RejectedLine(TypedDict):
    file: str
    line: int
    reason: str
    text: str


class UnknownKey(TypedDict):
    name: str
    rows: int
    example: str


class FileKeys(TypedDict):
    unknown: list[UnknownKey]
    more: int
    bare: int
    absent: list[str]


class ReadFile(TypedDict):
    path: str
    size: int
    rows: int
    rejected: int
    keys: FileKeys | None


class Built(TypedDict):
    files: list[WrittenFile]
    checks: list[CheckFailure]


class Ingested(TypedDict):
    files: list[WrittenFile]
    read: list[ReadFile]
    rejects: list[RejectedLine]
    changed: list[str]
    compressed: list[str]


class Fingerprinted(TypedDict):
    files: list[FileStats]


class Executed(TypedDict):
    isKnown: bool
    results: list[object]


class TableColumnStats(TypedDict):
    type: str
    nulls: bool
    min: Cell
    max: Cell


class TableStats(TypedDict):
    rows: int
    columns: list[TableColumnStats]


class JobError(TypedDict):
    kind: Literal["query", "cluster", "job"]
    message: str
    traceback: str


class JobSucceeded(TypedDict):
    status: Literal["succeeded"]
    value: object


class JobFailed(TypedDict):
    status: Literal["failed"]
    error: JobError


class JobProgress(TypedDict):
    done: int
    total: int


ColumnType = Union[SimpleType, DecimalType, ArrayType, StructType, MapType]
State = Union[TakeState, PositionState, PassState]
LineRefinement = Union[
    BoundRefinement,
    LengthRefinement,
    MultipleOfRefinement,
    PatternRefinement,
    OneOfRefinement,
]
LineFormat = Union[PlainFormat, EpochFormat, TimeFormat, PartFormats]
Severity = Literal["error", "warn"]
Statement = Union[
    ReadStatement,
    ViewStatement,
    KeepStatement,
    TextsStatement,
    StatsStatement,
    RowsStatement,
    WriteStatement,
]
JobSpec = Union[Build, Ingest, Fingerprint, Execute]
Cell = Union[str, float, bool, None]
JobResult = Union[JobSucceeded, JobFailed]
