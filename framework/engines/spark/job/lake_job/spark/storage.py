"""Reads and writes files at Hadoop URIs through Spark's file systems: local ones, HDFS and S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lake_job.spark.jvm import gateway_of, hadoop_conf_of, java_class

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Storage:
    """Files at Hadoop URIs."""

    def __init__(self, spark: SparkSession) -> None:
        self._path = java_class(spark, "org.apache.hadoop.fs.Path")
        self._file_status = java_class(spark, "org.apache.hadoop.fs.FileStatus")
        self._file_util = java_class(spark, "org.apache.hadoop.fs.FileUtil")
        self._streams = java_class(spark, "org.apache.commons.io.IOUtils")
        self._arrays = java_class(spark, "org.apache.commons.lang3.ArrayUtils")
        self._system = java_class(spark, "java.lang.System")
        self._gateway = gateway_of(spark)
        self._conf = hadoop_conf_of(spark)

    def read_json(self, uri: str) -> Any:
        """None if there is no such file."""
        content = self.read(uri)
        return None if content is None else json.loads(content)

    def read(self, uri: str) -> bytes | None:
        """The whole file, which has to fit into memory. None if there is no such file."""
        path, files = self._open(uri)
        try:
            stream = files.open(path)
        except Exception as error:
            if is_not_found(error):
                return None
            raise
        try:
            return bytes(self._streams.toByteArray(stream))
        finally:
            stream.close()

    def write_json(self, uri: str, value: object) -> None:
        """Writes the complete file or nothing.

        An object store shows an object when it is closed. A file system shows a file after the
        rename.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        path, files = self._open(uri)
        temporary = path.suffix(".writing") if is_renamed(files) else path
        stream = files.create(temporary, True)
        try:
            stream.write(bytearray(text.encode("utf-8", "surrogatepass")))
        finally:
            stream.close()
        if temporary is not path and not files.rename(temporary, path):
            raise OSError(f"cannot write {uri}")

    def replace_json(self, uri: str, value: object) -> None:
        """Writes over an earlier file, which is missing for a moment in a file system."""
        path, files = self._open(uri)
        if is_renamed(files):
            files.delete(path, False)
        self.write_json(uri, value)

    def names(self, directory: str) -> list[str]:
        """The names in the directory, which have no comma. Empty if there is no such directory.

        One call asks Java for all of them. A mailbox grows with the run, and a call for each name
        would take longer than the steps.
        """
        path, files = self._open(directory)
        try:
            statuses = files.listStatus(path)
        except Exception as error:
            if is_not_found(error):
                return []
            raise
        count = len(statuses)
        if count == 0:
            return []
        # Py4J passes an array only as an array of its own type, and file systems have subclasses.
        plain = self._gateway.new_array(self._file_status, count)
        self._system.arraycopy(statuses, 0, plain, 0, count)
        paths = self._file_util.stat2Paths(plain)
        listed = str(self._arrays.toString(paths))
        # The path of the directory can have commas: `{DIRECTORY/NAME,DIRECTORY/NAME}`.
        parent = str(statuses[0].getPath().getParent().toString())
        return listed[1:-1].removeprefix(f"{parent}/").split(f",{parent}/")

    def _open(self, uri: str) -> tuple[Any, Any]:
        path = self._path(uri)
        return path, path.getFileSystem(self._conf)


def is_renamed(files: Any) -> bool:
    """Whether a file is written under another name first. No file is renamed to an existing one."""
    return files.getScheme() in ("file", "hdfs")


def is_not_found(error: Exception) -> bool:
    return "FileNotFoundException" in str(error)
