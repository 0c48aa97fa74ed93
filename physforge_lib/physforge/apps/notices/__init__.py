"""Notices on any page: a job that took long has ended."""
