"""Cameras, meshes, ray casting and texture atlases, all in the object frame of docs/conventions.md."""
