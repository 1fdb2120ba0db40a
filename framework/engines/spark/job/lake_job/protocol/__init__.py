"""The JSON that the coordinator and the job exchange."""
