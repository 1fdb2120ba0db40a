"""Decides which lines of a file are rows, and why the others are not. Needs no Spark."""
