"""The page on which a result, a script or a notebook becomes a dashboard that others can open."""
