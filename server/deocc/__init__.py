"""DeOcc: the whole of a partly hidden object from one photo, as a textured mesh."""

__version__ = "0.1.0"
