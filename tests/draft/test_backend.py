"""The draft backend as the worker sees it: one result, progress on the way, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from deocc.backends.draft.backend import Draft
from deocc.backends.draft.card import CARD, DraftOptions
from deocc.backends.draft.learned import guard
from deocc.bench.metrics.masks import iou
from deocc.errors import Cancelled
from deocc.geometry.raycast import Caster
from deocc.observation import Observation
from deocc.package import Reconstruction
from tests.draft.learned.fake_network import fake_network
from tests.draft.solids import camera, crossing_edges, mug, outline, speckled


@dataclass
class Ticks:
    """What a worker would be told; cancels when `stop_at` is reached."""

    stop_at: float = 2.0
    said: list[tuple[str, float]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def __call__(self, stage: str, fraction: float) -> None:
        if fraction >= self.stop_at:
            raise Cancelled
        self.said.append((stage, fraction))

    def picture(self, name: str, rgba: np.ndarray) -> None:
        assert rgba.dtype == np.uint8 and rgba.shape[2] == 4
        self.shown.append(name)


def observation(keep: np.ndarray | None = None) -> Observation:
    """A mug behind a post that hides a quarter of it."""
    whole = outline(mug(), camera(20.0))
    occluder = np.zeros_like(whole)
    occluder[:, 120:155] = True
    kept = np.zeros_like(whole) if keep is None else keep
    return Observation(speckled(whole), whole & ~occluder, occluder, kept)


def run(seed: int = 0, ticks: Ticks | None = None) -> Reconstruction:
    return Draft().run(observation(), DraftOptions(), seed, ticks or Ticks())


def test_the_result_is_complete():
    result = run()
    assert result.mesh.is_watertight() and result.mesh.volume() > 0
    assert crossing_edges(result.mesh) == 0
    assert result.texture is not None and result.texture.dtype == np.uint8
    assert max(result.texture.shape[:2]) <= DraftOptions().texture_px
    assert len(result.views) == len(result.cameras) == 6
    for view in result.views:
        assert view.shape == (320, 320, 4) and view.dtype == np.uint8
        assert 0.05 < (view[..., 3] > 0).mean() < 0.9
    assert result.completed.shape == (240, 320, 4)
    assert result.photo_camera is not None
    assert (result.photo_camera.width, result.photo_camera.height) == (320, 240)
    assert set(result.seconds) == {"whole silhouette", "whole picture", "shape and texture", "six views"}


def test_the_completed_object_holds_all_seen_pixels_and_some_hidden_ones():
    seen, occluder = observation().object_mask, observation().occluder_mask
    whole = run().completed[..., 3] > 0
    assert (whole & seen).sum() == seen.sum()
    truth = outline(mug(), camera(20.0))
    assert (whole & truth).sum() / (whole | truth).sum() > 0.95
    assert not (whole & ~seen & ~occluder).sum() > 0.01 * whole.sum()  # the strip along a clumsy mask's edge


def test_what_is_to_be_kept_is_never_filled():
    keep = np.zeros((240, 320), bool)
    keep[100:140, 120:155] = True
    result = Draft().run(observation(keep), DraftOptions(), 0, Ticks())
    assert not (result.completed[..., 3] > 0)[keep].any()


def test_progress_only_grows_and_pictures_come_as_soon_as_they_exist():
    ticks = Ticks()
    run(ticks=ticks)
    fractions = [fraction for _, fraction in ticks.said]
    assert fractions == sorted(fractions) and 0 <= fractions[0] and fractions[-1] < 1
    assert ticks.shown == ["completed.png", *(f"views/{i}.png" for i in range(6))]
    assert len({stage for stage, _ in ticks.said}) == 4


@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.5, 0.7, 0.9])
def test_cancel_is_heard_at_every_stage(stop_at: float):
    with pytest.raises(Cancelled):
        run(ticks=Ticks(stop_at))


def test_the_same_seed_gives_the_same_bits_and_another_another_silhouette():
    first, again, other = run(3), run(3), run(4)
    assert np.array_equal(first.mesh.vertices, again.mesh.vertices)
    assert first.texture is not None and again.texture is not None
    assert np.array_equal(first.texture, again.texture)
    assert not np.array_equal(first.completed[..., 3], other.completed[..., 3])


def test_another_seed_fills_the_same_silhouette_otherwise():
    options = DraftOptions(completion="contour")  # here seeds 0 and 1 have one outline
    first, other = (Draft().run(observation(), options, seed, Ticks()).completed for seed in (0, 1))
    assert np.array_equal(first[..., 3], other[..., 3])
    assert not np.array_equal(first, other)


def test_a_huge_seed_is_one_as_well():
    for seed in (2**63 - 1, 2**62):
        assert run(seed).mesh.is_watertight()


def test_its_card_is_the_one_shown_before_it_is_loaded_and_asks_for_no_weights():
    assert Draft().card is CARD and CARD.name == "draft" and not CARD.weights_for(CARD.options())


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """With a network whose answers are known, see there."""
    return Draft(fake_network(tmp_path_factory.mktemp("network")))


def test_with_a_network_the_result_is_complete_and_its_own(learned: Draft):
    drafted = learned.draft(observation(), DraftOptions(), 0, Ticks())
    result = drafted.reconstruction
    assert drafted.completion.kind == drafted.solid.kind == "learned" and drafted.prediction
    assert result.mesh.is_watertight() and result.mesh.volume() > 0
    assert crossing_edges(result.mesh) == 0
    assert result.notes == () and result.mesh.confidence is not None
    assert result.packages == ("onnxruntime",)
    assert set(result.seconds) == {"whole silhouette", "whole picture", "shape and texture", "six views"}
    whole = result.completed[..., 3] > 0
    seen, occluder = observation().object_mask, observation().occluder_mask
    assert (whole & seen).sum() == seen.sum() and 0 < (whole & ~seen).sum() <= (whole & occluder).sum() + 50
    assert result.photo_camera is not None
    covered = Caster(result.mesh.vertices, result.mesh.faces).covers(result.photo_camera)
    assert iou(covered, whole) > 0.97


def test_with_a_network_the_same_seed_gives_the_same_bits_and_another_another_silhouette(learned: Draft):
    first, again, other = (learned.run(observation(), DraftOptions(), seed, Ticks()) for seed in (3, 3, 4))
    assert np.array_equal(first.mesh.vertices, again.mesh.vertices)
    assert np.array_equal(first.completed, again.completed)
    assert not np.array_equal(first.completed[..., 3], other.completed[..., 3])


def test_with_a_network_what_is_to_be_kept_is_never_filled(learned: Draft):
    keep = np.zeros((240, 320), bool)
    keep[100:140, 120:155] = True
    result = learned.run(observation(keep), DraftOptions(), 0, Ticks())
    assert not (result.completed[..., 3] > 0)[keep].any()


@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.5, 0.7, 0.9])
def test_with_a_network_cancel_is_heard_at_every_stage(learned: Draft, stop_at: float):
    with pytest.raises(Cancelled):
        learned.run(observation(), DraftOptions(), 0, Ticks(stop_at))


def test_geometry_takes_over_where_the_network_is_not_to_be_trusted_and_the_result_says_so(
    learned: Draft, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "LEAST_EXPECTED", 0.9)  # this one expects 0.88
    drafted = learned.draft(observation(), DraftOptions(), 0, Ticks())
    assert drafted.solid.kind == "revolve" and drafted.prediction is None
    assert drafted.reconstruction.notes == ("Geometry alone was used: it expects to be right by 88% only.",)
    assert drafted.reconstruction.packages == ()  # it came from geometry
    plain = Draft().run(observation(), DraftOptions(method="geometric"), 0, Ticks())
    assert np.array_equal(plain.completed, drafted.reconstruction.completed) and plain.notes == ()
