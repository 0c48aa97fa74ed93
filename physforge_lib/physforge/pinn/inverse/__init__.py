"""Laws' coefficients from measurements, with intervals."""
