"""The 3DRecon baseline: the flow of DeOcc-1-to-3 with a Zero123++ that knows nothing of occlusion."""

from __future__ import annotations

from deocc.backends.deocc123.backend import ViewsThenMesh
from deocc.backends.deocc123.baseline.card import CARD
from deocc.weights.folder import WeightsFolder


def load(weights: WeightsFolder) -> ViewsThenMesh:
    return ViewsThenMesh(CARD, weights)
