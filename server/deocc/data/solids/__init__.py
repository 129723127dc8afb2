"""Bodies made up from a seed: turned, boxed, rounded, joined, with thin legs and handles."""
