"""Forms drawn from the settings of each kind of job: Discover, Solve, Differentiate, Simulate."""
