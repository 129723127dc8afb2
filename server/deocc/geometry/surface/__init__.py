"""From a raw surface and pictures of it to an object for Blender: simplify, unwrap, bake (dress.py)."""
