"""Meshes, their pictures by Blender and what hides them: the material of the benchmark and of training."""
