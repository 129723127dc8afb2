"""The photo and the surface: where its camera stands, and the whole object as the photo would show it."""
