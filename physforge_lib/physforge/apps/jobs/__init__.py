"""The page of jobs: what waits, runs and has ended, and each with its log as it grows."""
