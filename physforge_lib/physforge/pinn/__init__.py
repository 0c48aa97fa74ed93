"""Physics-informed neural networks: laws solved, and found again in data, by training."""
