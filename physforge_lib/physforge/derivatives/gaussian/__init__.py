"""Gaussian processes by basis functions on an interval, the parts behind `GaussianProcess`."""
