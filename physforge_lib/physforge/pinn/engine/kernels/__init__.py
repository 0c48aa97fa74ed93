"""The compiled tier on a CPU: C code that is generated for the derivatives a law needs."""
