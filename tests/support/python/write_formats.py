"""Writes records in the formats of sources, with the writers of Python and pyarrow.

A request is a line of JSON: {"path", "format", "options", "rows", "compression"}. A row is an
object whose values are text, numbers, booleans or null. The answer is a line: "written".
"""

import base64
import bz2
import csv
import gzip
import io
import json
import pathlib
import sys

import pyarrow
from pyarrow import compute, parquet
from pyarrow import csv as arrow_csv


def csv_text(rows, options):
    """Writes delimited text. With `quoted`, pyarrow quotes all but nulls; else Python writes."""
    null = options.pop("null", "")
    header = options.pop("header", True)
    names = list(rows[0])
    if options.pop("quoted", False):
        return quoted_text(rows, names, header, options["delimiter"])
    out = io.StringIO(newline="")
    out.write(options.pop("before", ""))
    writer = csv.writer(out, **options)
    if header:
        writer.writerow(names)
    for row in rows:
        writer.writerow([field(row[name], null) for name in names])
    return out.getvalue()


def quoted_text(rows, names, header, delimiter):
    def text(value):
        return None if value is None else str(field(value, None))

    columns = {name: pyarrow.array([text(row[name]) for row in rows], "string") for name in names}
    out = pyarrow.BufferOutputStream()
    options = arrow_csv.WriteOptions(
        include_header=header, delimiter=delimiter, quoting_style="all_valid"
    )
    arrow_csv.write_csv(pyarrow.table(columns), out, options)
    return out.getvalue().to_pybytes().decode()


def field(value, null):
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def text_of(kind, rows, options):
    lines = [json.dumps(row, ensure_ascii=options.get("ascii", False)) for row in rows]
    if kind == "csv":
        return csv_text(rows, dict(options))
    if kind == "json-lines":
        return "".join(line + "\n" for line in lines)
    if kind == "concatenated":
        return "".join(lines)
    if kind == "pretty":
        return "\n".join(json.dumps(row, indent=2, ensure_ascii=False) for row in rows)
    if kind == "array":
        return json.dumps(rows, indent=options.get("indent"), ensure_ascii=False)
    if kind == "envelope":
        return json.dumps({"version": "1.0", "Records": rows, "next": None}, ensure_ascii=False)
    raise ValueError(kind)


def parquet_bytes(rows, options):
    """`types` are names of Arrow types by column; `write` are options of pyarrow's writer."""
    names = options.get("columns") or list(rows[0])
    columns = {name: arrow_column(rows, name, options["types"].get(name)) for name in names}
    out = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns), out, **options.get("write", {}))
    return out.getvalue().to_pybytes()


def number(value):
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def arrow_column(rows, name, type_name):
    """In a request, times, decimals and large integers are text."""
    values = [number(row.get(name)) for row in rows]
    if type_name is None:
        return pyarrow.array(values)
    arrow_type = eval(type_name, {"pa": pyarrow})
    if pyarrow.types.is_decimal(arrow_type):
        texts = pyarrow.array([None if value is None else str(value) for value in values], "string")
        return compute.cast(texts, arrow_type)
    if pyarrow.types.is_date(arrow_type):
        return compute.cast(pyarrow.array(values, "string"), arrow_type)
    if pyarrow.types.is_timestamp(arrow_type) and any(isinstance(value, str) for value in values):
        zoned = arrow_type.tz is not None
        moments = pyarrow.array(values, "string")
        return compute.cast(moments, pyarrow.timestamp("us", "UTC") if zoned else arrow_type).cast(
            arrow_type
        )
    if pyarrow.types.is_floating(arrow_type):
        values = [None if value is None else float(value) for value in values]
    return pyarrow.array([with_entries(value, arrow_type) for value in values], arrow_type)


def with_entries(value, arrow_type):
    """Bytes are base64. A map is an object, or an array of its entries in order."""
    if value is None:
        return None
    if pyarrow.types.is_map(arrow_type):
        entries = value.items() if isinstance(value, dict) else value
        return [(key, with_entries(part, arrow_type.item_type)) for key, part in entries]
    if pyarrow.types.is_floating(arrow_type):
        return float(value)
    if pyarrow.types.is_binary(arrow_type) or pyarrow.types.is_fixed_size_binary(arrow_type):
        return base64.b64decode(value)
    if pyarrow.types.is_struct(arrow_type):
        return {
            name: with_entries(part, arrow_type.field(name).type) for name, part in value.items()
        }
    if pyarrow.types.is_list(arrow_type):
        return [with_entries(part, arrow_type.value_type) for part in value]
    return value


def compressed(content, compression):
    if compression is None:
        return content
    if compression == "gzip":
        return gzip.compress(content)
    if compression == "gzip-members":
        thirds = [content[: len(content) // 3], b"", content[len(content) // 3 :]]
        return b"".join(gzip.compress(third) for third in thirds)
    if compression == "bzip2":
        return bz2.compress(content)
    out = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()


for line in sys.stdin:
    request = json.loads(line)
    rows, options = request["rows"], request.get("options", {})
    path = pathlib.Path(request["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if request["format"] == "parquet":
        content = parquet_bytes(rows, options)
    else:
        content = text_of(request["format"], rows, options).encode(request.get("encoding", "utf-8"))
    path.write_bytes(compressed(content, request.get("compression")))
    print(json.dumps("written"), flush=True)
