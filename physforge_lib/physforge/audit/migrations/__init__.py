"""The migrations of the event log, in the package so that a wheel carries them."""
