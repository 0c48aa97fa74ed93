"""A report on the results of other jobs, as a job."""
