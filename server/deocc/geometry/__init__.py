"""Cameras, the mesh, its file and ray casting, all in the object frame of docs/conventions.md."""
