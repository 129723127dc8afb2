"""The operators, one file per part of the panel."""

from . import backend, jobs, photo, reconstruct, server, variants, weights

CLASSES = (
    *photo.CLASSES,
    *backend.CLASSES,
    *reconstruct.CLASSES,
    *jobs.CLASSES,
    *variants.CLASSES,
    *server.CLASSES,
    *weights.CLASSES,
)
