"""Benchmarks: figures that can be trusted, each printed by a command."""
