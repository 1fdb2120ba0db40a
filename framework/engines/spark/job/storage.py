"""Files at Hadoop URIs, through the driver's own file systems: local ones, HDFS and S3 alike."""

import json
from typing import Any, List, Optional

from pyspark.sql import SparkSession


class Storage:
    def __init__(self, spark: SparkSession) -> None:
        self._jvm = spark.sparkContext._jvm
        self._conf = spark.sparkContext._jsc.hadoopConfiguration()

    def read_json(self, uri: str) -> Optional[Any]:
        """None where there is no such file."""
        content = self.read(uri)
        return None if content is None else json.loads(content)

    def read(self, uri: str) -> Optional[bytes]:
        """All of it, so it should be small; None where there is no such file."""
        path, files = self._open(uri)
        try:
            stream = files.open(path)
        except Exception as error:
            if "FileNotFoundException" in str(error):
                return None
            raise
        try:
            return bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()

    def write_json(self, uri: str, value: Any) -> None:
        """All of it or nothing: an object store shows an object when it is closed, a file system after the rename."""
        body = bytearray(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        path, files = self._open(uri)
        temporary = path.suffix(".writing") if files.getScheme() in ("file", "hdfs") else path
        stream = files.create(temporary, True)
        try:
            stream.write(body)
        finally:
            stream.close()
        if temporary is not path and not files.rename(temporary, path):
            raise OSError(f"cannot write {uri}")

    def names(self, directory: str) -> List[str]:
        """The names in the directory; none where it is not there."""
        path, files = self._open(directory)
        try:
            return [status.getPath().getName() for status in files.listStatus(path)]
        except Exception as error:
            if "FileNotFoundException" in str(error):
                return []
            raise

    def _open(self, uri: str):
        path = self._jvm.org.apache.hadoop.fs.Path(uri)
        return path, path.getFileSystem(self._conf)
