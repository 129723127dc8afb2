"""A loaded reconstruction network from views to a coloured surface, in full and in half precision."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from deocc.backends.deocc123.lrm.checkpoint import prepare_lrm  # noqa: E402
from deocc.backends.deocc123.lrm.frames import lrm_from_object  # noqa: E402
from deocc.backends.deocc123.lrm.network import Lrm, Planes, empty_network  # noqa: E402
from deocc.backends.deocc123.lrm.triplane import sample_points  # noqa: E402
from deocc.bench.silent_tick import SilentTick  # noqa: E402
from deocc.errors import Cancelled, DeoccError  # noqa: E402
from deocc.geometry.cameras import view_cameras  # noqa: E402
from deocc.geometry.mesh import Mesh  # noqa: E402
from deocc.place import Place  # noqa: E402
from deocc.weights.faults import WeightsFault  # noqa: E402
from deocc.weights.preparing import PrepareOptions  # noqa: E402
from tests.tiny.lrm import HALF_SIDES, TINY_MESH, TINY_NERF, tiny_network, write_tiny_lrm  # noqa: E402

TICK = SilentTick()
CPU = torch.device("cpu")


class Told(SilentTick):
    """A tick that remembers; cancels at a fraction."""

    def __init__(self, cancel_at: float = 2.0):
        self.fractions: list[float] = []
        self.cancel_at = cancel_at

    def __call__(self, stage: str, fraction: float) -> None:
        self.fractions.append(fraction)
        if fraction >= self.cancel_at:
            raise Cancelled


def views() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (6, 320, 320, 3)).astype(np.uint8)


def lrm(config=TINY_MESH, dtype=torch.float32) -> Lrm:
    network = tiny_network(config)
    for part in (network.encoder, network.transformer):
        part.to(dtype)
    return Lrm(network, config, Place(CPU, dtype))


def mesh_of(surface) -> Mesh:
    count = len(surface.vertices)
    return Mesh(
        surface.vertices, surface.faces, np.zeros((count, 2), np.float32), np.zeros(count, np.float32)
    )


@pytest.mark.parametrize("config", [TINY_MESH, TINY_NERF], ids=["mesh", "nerf"])
def test_the_tiny_block_comes_out_where_it_was_put_in_its_colours(config):
    """Its half sides are LRM x, y, z; half of them along object −y, x, z. The ripple and a grid of 28 allow a
    twentieth."""
    if config is TINY_NERF:
        pytest.importorskip("skimage")
    loaded = lrm(config)
    surface = loaded.surface(loaded.planes(views(), view_cameras(), TICK), TICK)
    x, y, z = HALF_SIDES
    assert surface.vertices.dtype == np.float32 and surface.faces.dtype == np.int32
    assert surface.vertices.max(0) == pytest.approx(np.array([y, x, z]) / 2, abs=0.05)
    assert surface.vertices.min(0) == pytest.approx(-np.array([y, x, z]) / 2, abs=0.05)
    mesh = mesh_of(surface)
    assert mesh.is_watertight() and mesh.volume() > 0.1
    front = surface.colours[surface.vertices[:, 1] < -0.3].mean(0)  # −y, the input view's side: red
    back = surface.colours[surface.vertices[:, 1] > 0.3].mean(0)
    assert front[0] > 150 > 100 > back[0] and back[2] > front[2]
    right = surface.colours[surface.vertices[:, 0] > 0.18].mean(0)
    left = surface.colours[surface.vertices[:, 0] < -0.18].mean(0)
    assert right[1] > left[1] + 40


def test_colours_at_points_are_those_of_the_vertices():
    loaded = lrm()
    planes = loaded.planes(views(), view_cameras(), TICK)
    surface = loaded.surface(planes, TICK)
    asked = loaded.colours(planes, surface.vertices.astype(np.float64))
    assert np.array_equal(asked, surface.colours)
    assert loaded.colours(planes, surface.vertices[:0]).shape == (0, 3)
    where = torch.from_numpy(lrm_from_object(surface.vertices))
    exact = (
        loaded.network.synthesizer.decoder.colours(sample_points(planes.features, where)).clamp(0, 1) * 255
    )
    assert np.abs(asked - exact.floor().numpy()).max() == 0  # cut off, as published


def test_planes_depend_on_views_and_on_cameras():
    loaded, pictures = lrm(), views()
    first = loaded.planes(pictures, view_cameras("v1.2"), TICK).features
    assert first.shape == (3, 4, 16, 16) and first.dtype == torch.float32
    assert torch.equal(first, loaded.planes(pictures, view_cameras("v1.2"), TICK).features)
    assert not torch.equal(first, loaded.planes(pictures, view_cameras("v1.1"), TICK).features)
    assert not torch.equal(first, loaded.planes(255 - pictures, view_cameras("v1.2"), TICK).features)


def test_progress_grows_to_one_and_cancel_comes_through():
    loaded, told = lrm(), Told()
    planes = loaded.planes(views(), view_cameras(), told)
    assert told.fractions == sorted(told.fractions) and told.fractions[-1] == 1.0
    told.fractions.clear()
    loaded.surface(planes, told)
    assert told.fractions == sorted(told.fractions) and told.fractions[-1] == 1.0
    with pytest.raises(Cancelled):
        loaded.planes(views(), view_cameras(), Told(0.5))
    with pytest.raises(Cancelled):
        loaded.surface(planes, Told(0.5))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_moves_the_surface_by_little(dtype):
    """Planes of eight or eleven bits; the field itself is computed in float32."""
    exact, halved = lrm(), lrm(dtype=dtype)
    assert {one.dtype for one in halved.network.synthesizer.parameters()} == {torch.float32}
    planes = [one.planes(views(), view_cameras(), TICK) for one in (exact, halved)]
    assert all(one.features.dtype == torch.float32 for one in planes)
    drift = (planes[0].features - planes[1].features).abs().max()
    assert 0 < drift < 0.05  # of values up to one
    surfaces = [one.surface(p, TICK) for one, p in zip((exact, halved), planes, strict=True)]
    volumes = [mesh_of(one).volume() for one in surfaces]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.03)


def test_an_overflow_in_half_precision_is_done_again_in_float32_and_logged(caplog: pytest.LogCaptureFixture):
    def overflowing(dtype):
        loaded = lrm()
        mlp = loaded.network.transformer.layers[0].get_submodule("mlp")
        mlp.get_parameter("0.bias").fill_(3e4)
        mlp.get_parameter("3.weight").fill_(1.0)  # 256 of 3e4 are 7.7e6, above float16's 65504
        for part in (loaded.network.encoder, loaded.network.transformer):
            part.half().to(dtype)  # the same weights in both
        loaded.place = Place(CPU, dtype)
        return loaded

    halved, exact = overflowing(torch.float16), overflowing(torch.float32)
    with caplog.at_level(logging.WARNING):
        planes = halved.planes(views(), view_cameras(), TICK).features
    assert "float32" in caplog.text
    assert torch.allclose(planes, exact.planes(views(), view_cameras(), TICK).features, atol=1e-5)
    for part in (halved.network.encoder, halved.network.transformer):
        assert {one.dtype for one in part.parameters()} == {torch.float16}
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        exact.planes(views(), view_cameras(), TICK)
    assert not caplog.text


def test_planes_that_are_no_numbers_are_an_empty_shape():
    loaded = lrm()
    with pytest.raises(DeoccError) as fault:
        loaded.surface(Planes(torch.full((3, 4, 16, 16), torch.nan)), TICK)
    assert fault.value.code == "empty_shape"


def test_small_parts_are_dropped_only_on_request(monkeypatch: pytest.MonkeyPatch):
    loaded = lrm()
    planes = loaded.planes(views(), view_cameras(), TICK)
    whole, asked = loaded.surface(planes, TICK), loaded.surface(planes, TICK, least_share=0.5)
    assert np.array_equal(whole.faces, asked.faces)  # the block is one part


def test_a_folder_is_loaded_strictly(tmp_path: Path):
    source = write_tiny_lrm(tmp_path / "published")
    prepare_lrm(source, tmp_path / "installed", PrepareOptions("instant-mesh-large"))
    loaded = Lrm.load(tmp_path / "installed", Place(CPU, torch.bfloat16))
    assert loaded.config == TINY_MESH
    kinds = {name.split(".")[0]: one.dtype for name, one in loaded.network.state_dict().items()}
    assert kinds == {
        "encoder": torch.bfloat16,
        "transformer": torch.bfloat16,
        "synthesizer": torch.float32,
    }
    (tmp_path / "installed" / "config.json").write_text("{}")
    with pytest.raises(WeightsFault):
        Lrm.load(tmp_path / "installed", Place(CPU, torch.float32))


@pytest.mark.parametrize(
    "name, tensors, numbers",
    [
        ("instant-mesh-large", 519, 378_657_644),
        ("instant-mesh-base", 455, 313_352_516),
        ("instant-nerf-large", 495, 378_477_332),
        ("instant-nerf-base", 431, 313_249_004),
    ],
)
def test_the_published_networks_have_their_published_sizes(name: str, tensors: int, numbers: int):
    from deocc.backends.deocc123.lrm.config import PUBLISHED

    state = empty_network(PUBLISHED[name]).state_dict()
    assert len(state) == tensors and sum(one.numel() for one in state.values()) == numbers
    assert all(one.is_meta for one in state.values())


def test_where_float32_does_not_fit_no_half_of_the_network_stays_in_it(monkeypatch: pytest.MonkeyPatch):
    """The stage is then tried with less memory, and a network of two formats could not even begin."""
    loaded = lrm(dtype=torch.bfloat16)
    with torch.no_grad():
        loaded.network.transformer.pos_embed.fill_(torch.inf)

    def no_room():
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(loaded.network.transformer, "float", no_room)
    with pytest.raises(torch.OutOfMemoryError):
        loaded.planes(views(), view_cameras(), TICK)
    parts = (loaded.network.encoder, loaded.network.transformer)
    assert {one.dtype for part in parts for one in part.parameters()} == {torch.bfloat16}
