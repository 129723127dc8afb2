"""The whole silhouette: what is seen, and what must be behind the occluder."""
