"""Reads versions of tables, and turns declared types and values into Spark's and JSON's."""
