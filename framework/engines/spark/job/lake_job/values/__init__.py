"""Parses JSON and the values of each column type. Needs no Spark."""
