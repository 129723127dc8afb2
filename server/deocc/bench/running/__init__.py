"""Backends, floors and ceilings over a built benchmark; one record per object and seed."""
