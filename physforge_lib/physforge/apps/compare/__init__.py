"""The page that compares runs: where their settings differ, and what came of it."""
