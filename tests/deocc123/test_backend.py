"""The whole flow with tiny networks: what it makes, what its seeds share, what falls to less memory."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deocc.bench.silent_tick import SilentTick
from deocc.bench.speed_draft import synthetic_observation
from deocc.errors import Cancelled, DeoccError
from deocc.geometry.cameras import view_cameras
from deocc.place import Place, Tier
from deocc.weights.folder import WeightsFolder

torch = pytest.importorskip("torch")
from deocc.backends.deocc123 import backend as flow  # noqa: E402
from deocc.backends.deocc123.baseline.card import CARD as BASELINE  # noqa: E402
from deocc.backends.deocc123.baseline.card import BaselineOptions  # noqa: E402
from deocc.backends.deocc123.card import CARD  # noqa: E402
from deocc.backends.deocc123.options import ViewOptions  # noqa: E402

QUICK: dict[str, Any] = {"steps": 4, "texture_px": 256, "triangles": 1000}
OPTIONS = ViewOptions(**QUICK)
CPU = Place(torch.device("cpu"), torch.float32)


class Watcher(SilentTick):
    """Notes every stage and picture."""

    def __init__(self):
        self.stages: list[tuple[str, float]] = []
        self.pictures: list[str] = []

    def __call__(self, stage: str, fraction: float) -> None:
        self.stages.append((stage, fraction))

    def picture(self, name: str, rgba) -> None:
        self.pictures.append(name)


@pytest.fixture(scope="module")
def observation():
    return synthetic_observation("mug", (320, 240))


@pytest.fixture(scope="module")
def backend(tiny_weights: WeightsFolder):
    return flow.ViewsThenMesh(CARD, tiny_weights, CPU)


@pytest.fixture(scope="module")
def made(backend, observation):
    tick = Watcher()
    return backend.run(observation, OPTIONS, 3, tick), tick


def test_the_result_is_a_closed_textured_object_with_the_students_own_cameras(made, observation):
    result, _ = made
    assert result.mesh.is_watertight() and result.mesh.volume() > 0
    assert 200 < len(result.mesh.faces) <= 1.1 * OPTIONS.triangles
    assert np.abs(result.mesh.vertices).max() <= 0.5  # the LRM's box, halved
    assert result.texture.shape == (256, 256, 3) and result.texture.std() > 5  # not one colour
    for camera, wanted in zip(result.cameras, view_cameras("v1.1"), strict=True):  # the paper's, +30/−20
        assert np.array_equal(camera.object_from_camera, wanted.object_from_camera)
    assert [view.shape for view in result.views] == [(320, 320, 4)] * 6
    assert result.completed.shape == (*observation.photo.shape[:2], 4)
    assert result.photo_camera is not None and result.photo_camera.width == observation.photo.shape[1]


def test_progress_never_falls_and_the_six_views_are_shown_before_the_mesh(made):
    _, tick = made
    fractions = [fraction for _, fraction in tick.stages]
    assert fractions == sorted(fractions) and 0 <= fractions[0] and fractions[-1] <= 1
    steps = [stage for stage, _ in tick.stages if stage.startswith("six views, step")]
    assert len(steps) == OPTIONS.steps
    assert {f"views/{i}.png" for i in range(6)} <= set(tick.pictures)
    assert tick.pictures.count("views/0.png") >= 2  # a preview, then the view


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_picture(
    made, backend, observation, tiny_weights
):
    first, _ = made
    fresh = flow.ViewsThenMesh(CARD, tiny_weights, CPU)
    fresh.run(observation, OPTIONS, 8, Watcher())  # another seed before it leaves no trace
    again, other = (
        fresh.run(observation, OPTIONS, 3, Watcher()),
        backend.run(observation, OPTIONS, 4, Watcher()),
    )
    for one, two in ((first.mesh.vertices, again.mesh.vertices), (first.mesh.faces, again.mesh.faces)):
        assert np.array_equal(one, two)
    assert first.texture is not None and again.texture is not None
    assert np.array_equal(first.texture, again.texture)
    assert all(np.array_equal(a, b) for a, b in zip(first.views, again.views, strict=True))
    assert not np.array_equal(first.views[0], other.views[0])


def test_seeds_of_one_object_share_the_look_at_the_photo(backend, observation):
    backend.run(observation, OPTIONS, 1, Watcher())
    tick = Watcher()
    backend.run(observation, OPTIONS, 2, tick)
    assert not any("looking at the photo" in stage for stage, _ in tick.stages)
    tick = Watcher()
    backend.run(dataclasses.replace(observation), OPTIONS, 2, tick)  # another job's
    assert any("looking at the photo" in stage for stage, _ in tick.stages)


@pytest.mark.parametrize(
    ("views_by", "cameras"),
    [("instantmesh-unet", "v1.2"), ("zero123plus-v1.2", "v1.2"), ("zero123plus-v1.1", "v1.1")],
)
def test_the_baselines_cameras_are_its_checkpoints(views_by: str, cameras: str, tiny_weights, observation):
    baseline = flow.ViewsThenMesh(BASELINE, tiny_weights, CPU)
    options = BaselineOptions(**{**QUICK, "reconstructor": "instant-nerf-base"}, views_by=views_by)
    result = baseline.run(observation, options, 0, Watcher())
    wanted = view_cameras(cameras)[0]
    assert np.array_equal(result.cameras[0].object_from_camera, wanted.object_from_camera)
    assert result.mesh.is_watertight()  # from densities


def test_vertex_colours_and_normal_maps_come_when_asked_for(backend, observation):
    options = dataclasses.replace(OPTIONS, colours="vertices", normals=True)
    result = backend.run(observation, options, 3, Watcher())
    assert result.mesh.colours is not None and len(result.mesh.colours) == len(result.mesh.vertices)
    assert len(result.normals) == 6 and result.normals[0].shape == (320, 320, 4)


def test_cancel_ends_it_within_one_step(backend, observation):
    class Cancelling(Watcher):
        def __call__(self, stage: str, fraction: float) -> None:
            super().__call__(stage, fraction)
            if stage.startswith("six views, step 2"):
                raise Cancelled

    tick = Cancelling()
    with pytest.raises(Cancelled):
        backend.run(observation, OPTIONS, 5, tick)
    assert not any("step 3" in stage for stage, _ in tick.stages)
    assert backend.run(observation, OPTIONS, 5, Watcher()).mesh.is_watertight()  # nothing is left broken


def test_a_stage_that_does_not_fit_is_done_again_with_less_memory_and_its_words_say_so(
    tiny_weights, observation, made, monkeypatch
):
    class Card(Place):
        """The processor in the guise of a card of 16 GB."""

        def lower(self) -> bool:
            tiers = list(Tier)
            self.tier = tiers[tiers.index(self.tier) + 1]
            return True

    card, tries = Card(torch.device("cpu"), torch.float32), []
    sample = flow.ViewDiffusion.sample

    def too_large(self, *arguments):
        tries.append(card.tier)
        if card.tier != Tier.TIGHT:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return sample(self, *arguments)

    monkeypatch.setattr(flow.ViewDiffusion, "sample", too_large)
    tick = Watcher()
    result = flow.ViewsThenMesh(CARD, tiny_weights, card).run(observation, OPTIONS, 3, tick)
    assert tries == [Tier.RESIDENT, Tier.STAGED, Tier.TIGHT]
    assert "surface, with less memory" in [stage for stage, _ in tick.stages]
    assert "less memory" not in tick.stages[0][0]
    # the guided and the unguided pass apart: the same views but for rounding
    first, _ = made
    different = [np.abs(a.astype(int) - b).max() for a, b in zip(first.views, result.views, strict=True)]
    assert max(different) <= 2


def test_what_fits_nowhere_and_a_lost_card_are_sentences(backend, monkeypatch):
    card = Place(SimpleNamespace(type="cuda"), torch.float32, Tier.TIGHT)  # type: ignore[arg-type]
    monkeypatch.setattr(backend, "_place", card)

    def full():
        raise torch.OutOfMemoryError("CUDA out of memory")

    def lost():
        raise RuntimeError("CUDA error: unspecified launch failure")

    def ours():
        raise RuntimeError("shapes don't fit")

    with pytest.raises(DeoccError, match="not enough graphics memory") as fault:
        backend._fitting(full, Watcher())
    assert (fault.value.code, fault.value.action) == ("out_of_memory", "retry_smaller")
    with pytest.raises(DeoccError) as fault:
        backend._fitting(lost, Watcher())
    assert fault.value.code == "device_lost"
    with pytest.raises(RuntimeError, match="shapes"):
        backend._fitting(ours, Watcher())


def test_missing_weights_are_one_sentence(tmp_path, observation):
    with pytest.raises(DeoccError) as fault:
        flow.ViewsThenMesh(BASELINE, WeightsFolder(tmp_path), CPU).run(
            observation, BaselineOptions(**QUICK), 0, Watcher()
        )
    assert fault.value.code == "weights_missing" and "GB" in fault.value.message
