"""The steps that the coordinator asks for: ingests, builds, fingerprints and SQL sessions."""
