"""One training by several processes, each with a share of the points."""
