"""From a folder of meshes to a built benchmark (built.py)."""
