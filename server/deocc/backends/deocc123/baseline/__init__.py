"""3DRecon, the paper's first baseline (§4.1): the same networks without de-occlusion."""
