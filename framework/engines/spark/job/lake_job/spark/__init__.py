"""Spark as the job uses it: its Java side, its file systems and its tuning."""
