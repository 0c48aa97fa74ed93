"""Smooth networks for noisy samples, and their derivatives."""
