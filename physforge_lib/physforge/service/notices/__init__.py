"""Notices by e-mail and webhook, to who chose them: a job that took long has ended."""
