"""Names in the job's SQL. The job's own names have a dot, which no asset's column has."""

# Columns of rows that are read from data files: the file as Hadoop names it, and its bytes.
FILE = "lake.file"
FILE_SIZE = "lake.size"

# The name of a row's file, and the row's position in it.
FILE_NAME = "lake.name"
POSITION = "lake.position"

# The column that says which directory a row is written to.
PARTITION = "lake.p"

# The view of the rows that are audited.
AUDITED = "`lake.audited`"


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
