"""The command line: ``physforge``."""
