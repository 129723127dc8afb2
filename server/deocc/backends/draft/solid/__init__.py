"""The solid: its shape from the silhouette, its texture from the picture."""
