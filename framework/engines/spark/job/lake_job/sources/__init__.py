"""Reads the files of a source, and sorts their lines into rows and rejects."""
