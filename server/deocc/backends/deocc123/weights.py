"""How each checkpoint of this backend becomes files ready for strict reading, by its name in the table."""

from __future__ import annotations

from collections.abc import Mapping

from deocc.backends.deocc123.diffusion.checkpoint import prepare_pipeline, prepare_unet
from deocc.backends.deocc123.lrm.checkpoint import prepare_lrm
from deocc.backends.deocc123.options import RECONSTRUCTORS
from deocc.weights.preparing import Prepare

PREPARE: Mapping[str, Prepare] = {
    "zero123plus-v1.1": prepare_pipeline,
    "zero123plus-v1.2": prepare_pipeline,
    "instantmesh-unet": prepare_unet,
    "deocc123": prepare_unet,
    **dict.fromkeys(RECONSTRUCTORS, prepare_lrm),
}
