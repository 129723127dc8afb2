"""InstantMesh (Xu et al. 2024): six views and their cameras to a triplane, a field and a surface."""
