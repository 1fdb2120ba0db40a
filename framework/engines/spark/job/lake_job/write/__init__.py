"""Writes data files, and audits what was written."""
