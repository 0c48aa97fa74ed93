"""Discovery of governing equations, as a job."""
