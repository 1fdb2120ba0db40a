"""The rules of what is a good line. They need no Spark."""
