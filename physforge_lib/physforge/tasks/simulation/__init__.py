"""Integration of equations forward in time, as a job."""
