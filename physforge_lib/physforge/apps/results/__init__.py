"""The page on which a result is read, doubted, changed, reported and shared."""
