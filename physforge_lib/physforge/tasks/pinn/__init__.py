"""Training of networks on laws, as a job."""
