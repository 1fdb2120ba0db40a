"""Takes steps from the mailbox, runs them and describes their errors."""
