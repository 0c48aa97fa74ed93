"""Symbolic regression, step by step: samples, search, forms, fits, choice, verdict."""
