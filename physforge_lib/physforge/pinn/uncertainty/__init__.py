"""How sure a trained network is."""
