"""The migrations of the event log, one a file."""
