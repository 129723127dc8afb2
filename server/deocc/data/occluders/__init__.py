"""What hides an object: shapes, walks over its triangles, pasted pictures, other objects in front."""
