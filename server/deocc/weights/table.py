"""All weights there are: where each is published, at which revision, how large, and under which licence.

Facts about others' files are theirs and were looked up, not tried: a size or hash that is not known is None,
and a size worked out from the number of parameters is marked so. What a source announces of such a file at
the first fetch is written into `installed.json`, and later fetches are held to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from deocc.weights.faults import WeightsFault

CC_BY_NC = "https://creativecommons.org/licenses/by-nc/4.0/"
APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


@dataclass(frozen=True)
class SourceFile:
    """A file at the source. size_bytes: to the byte where `exact`.  sha256: None: not known.
    optional: not every published version has it."""

    path: str
    size_bytes: int
    sha256: str | None = None
    exact: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Row:
    """One network or pipeline.

    repository: "owner/name" at the hub, "" where nothing is published.  revision: the commit, None: not known
    and taken from what the source announces.  commercial: whether the recorded licence allows commercial use.
    base: the row whose parts it needs to run.
    """

    name: str
    title: str
    repository: str
    revision: str | None
    files: tuple[SourceFile, ...]
    licence: str
    licence_url: str
    commercial: bool
    base: str = ""

    @property
    def published(self) -> bool:
        return bool(self.files)

    @property
    def size_bytes(self) -> int:
        """What is fetched, in bytes; approximate where a file's size is."""
        return sum(file.size_bytes for file in self.files)

    @property
    def approximate(self) -> bool:
        return not all(file.exact for file in self.files)


def row(name: str) -> Row:
    """A row by its name; WeightsFault `unknown_weights` for a stranger."""
    known = {one.name: one for one in TABLE}
    if name not in known:
        raise WeightsFault(
            "unknown_weights",
            f"There are no weights “{name[:80]}”.",
            f"Choose one of: {', '.join(known)}.",
            status=404,
        )
    return known[name]


def _pipeline() -> tuple[SourceFile, ...]:
    """The files of a Zero123++ pipeline in the diffusers layout; sizes by parameters, float32."""
    small = (
        "model_index.json",
        "scheduler/scheduler_config.json",
        "feature_extractor_vae/preprocessor_config.json",
        "feature_extractor_clip/preprocessor_config.json",
        "unet/config.json",
        "vae/config.json",
        "vision_encoder/config.json",
        "text_encoder/config.json",
        "tokenizer/tokenizer_config.json",
    )
    return (
        *(SourceFile(path, 2_000) for path in small),
        SourceFile("tokenizer/special_tokens_map.json", 2_000, optional=True),
        SourceFile("tokenizer/vocab.json", 1_060_000),
        SourceFile("tokenizer/merges.txt", 525_000),
        SourceFile("unet/diffusion_pytorch_model.safetensors", 4 * 865_910_724),
        SourceFile("vae/diffusion_pytorch_model.safetensors", 4 * 83_653_863),
        SourceFile("vision_encoder/model.safetensors", 4 * 632_076_800),
        SourceFile("text_encoder/model.safetensors", 4 * 340_387_840),
    )


_INSTANTMESH = "b785b4ecfb6636ef34a08c748f96f6a5686244d0"

TABLE = (
    Row(
        "zero123plus-v1.1", "Zero123++ v1.1", "sudo-ai/zero123plus-v1.1", None, _pipeline(),
        "CC-BY-NC-4.0 (non-commercial)", CC_BY_NC, commercial=False,
    ),
    Row(
        "zero123plus-v1.2", "Zero123++ v1.2", "sudo-ai/zero123plus-v1.2",
        "2da07e89919e1a130c9b5add1584c70c7aa065fd", _pipeline(),
        "CC-BY-NC-4.0 (non-commercial)", CC_BY_NC, commercial=False,
    ),
    Row(
        "instantmesh-unet", "InstantMesh's white-background UNet", "TencentARC/InstantMesh", _INSTANTMESH,
        (SourceFile("diffusion_pytorch_model.bin", 2 * 865_910_724),),
        "CC-BY-NC-4.0 as made from Zero123++ (non-commercial)", CC_BY_NC, commercial=False,
        base="zero123plus-v1.2",
    ),
    Row(
        "instant-mesh-large", "InstantMesh LRM large", "TencentARC/InstantMesh", _INSTANTMESH,
        (SourceFile("instant_mesh_large.ckpt", 4 * 378_657_644),), "Apache-2.0", APACHE, commercial=True,
    ),
    Row(
        "instant-mesh-base", "InstantMesh LRM base", "TencentARC/InstantMesh", _INSTANTMESH,
        (SourceFile(
            "instant_mesh_base.ckpt", 1_253_574_354,
            "22701cd25201d624ebb1568b93cf91b43a2c32006835c08fe73e1f3c9f6c44b5", exact=True,
        ),), "Apache-2.0", APACHE, commercial=True,
    ),
    Row(
        "instant-nerf-large", "InstantMesh NeRF LRM large", "TencentARC/InstantMesh", _INSTANTMESH,
        (SourceFile("instant_nerf_large.ckpt", 4 * 378_477_332),), "Apache-2.0", APACHE, commercial=True,
    ),
    Row(
        "instant-nerf-base", "InstantMesh NeRF LRM base", "TencentARC/InstantMesh", _INSTANTMESH,
        (SourceFile("instant_nerf_base.ckpt", 4 * 313_249_004),), "Apache-2.0", APACHE, commercial=True,
    ),
    Row(
        "deocc123", "DeOcc-1-to-3's UNet", "", None, (),
        "not known: its authors have not published it", "https://arxiv.org/abs/2506.21544", commercial=False,
        base="zero123plus-v1.1",
    ),
)  # fmt: skip
