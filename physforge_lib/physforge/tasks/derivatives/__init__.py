"""Derivatives of a data set, as a job."""
