"""The Spark job of lake: runs the steps that the coordinator puts into a mailbox."""
