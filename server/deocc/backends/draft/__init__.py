"""The draft backend: symmetry, contour and inflation on the processor, no weights."""
