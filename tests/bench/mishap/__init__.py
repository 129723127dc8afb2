"""A backend for tests of the benchmark: an ellipsoid of what is seen, or the mishap its options ask for."""
