"""DeOcc-1-to-3: six views of the whole object by a fine-tuned Zero123++, a mesh from them by InstantMesh."""
