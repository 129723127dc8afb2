"""Levels and steps, against diffusers' own scheduler set to trailing spacing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler

from deocc.backends.deocc123.diffusion.config import SCHEDULE
from deocc.backends.deocc123.diffusion.schedule import Step, advance, noised, schedule
from deocc.weights.faults import WeightsFault


def diffusers_own(steps: int) -> EulerAncestralDiscreteScheduler:
    own = EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing", steps_offset=1)
    own.set_timesteps(steps)
    return own


@pytest.mark.parametrize("steps", [*range(1, 101), 250, 1000])
def test_levels_of_any_number_of_steps(steps):
    ours, own = schedule(SCHEDULE, steps), diffusers_own(steps)
    # at 61 steps and some others diffusers' rounding makes one step too many, at time -1
    assert torch.equal(ours.timesteps, own.timesteps[:steps].float())
    assert torch.allclose(ours.sigmas[:-1], own.sigmas[:steps].float(), rtol=1e-6, atol=0)
    assert len(ours.sigmas) == steps + 1 and ours.sigmas[-1] == 0


def test_the_levels_that_were_published():
    """facts: 28 steps begin 999, 963, 928 and end 70, 35; the first level is 25.146116."""
    levels = schedule(SCHEDULE, 28)
    assert levels.timesteps[[0, 1, 2, -2, -1]].tolist() == [999, 963, 928, 70, 35]
    assert levels.sigmas[0].item() == pytest.approx(25.146116, abs=1e-5)
    assert levels.sigmas[-1] == 0


@pytest.mark.parametrize("steps", [1, 4, 28])
def test_a_step_is_diffusers_step(steps, monkeypatch):
    own, generator = diffusers_own(steps), torch.Generator().manual_seed(1)
    latents = torch.randn(1, 4, 6, 4, generator=generator) * own.init_noise_sigma
    module = "diffusers.schedulers.scheduling_euler_ancestral_discrete"
    for n, row in enumerate(schedule(SCHEDULE, steps).steps()):
        step = Step.of(row)
        velocity, noise = torch.randn(2, 1, 4, 6, 4, generator=generator)
        scaled = own.scale_model_input(latents, own.timesteps[n])
        assert torch.allclose(latents * step.scale, scaled, rtol=1e-6)
        monkeypatch.setattr(f"{module}.randn_tensor", lambda *_, noise=noise, **__: noise)
        theirs: Any = own.step(velocity, own.timesteps[n], latents)
        ours, clean = advance(latents, velocity, noise, step)
        # float32 of values to 80, in another order of operations
        assert torch.allclose(ours, theirs.prev_sample, rtol=1e-5, atol=1e-4)
        assert torch.allclose(clean, theirs.pred_original_sample, rtol=1e-5, atol=1e-4)
        latents = theirs.prev_sample


def test_the_reference_picture_is_noised_as_the_views_are():
    own, step = diffusers_own(4), Step.of(schedule(SCHEDULE, 4).steps()[1])
    picture, noise = torch.randn(2, 1, 4, 6, 4, generator=torch.Generator().manual_seed(2))
    theirs = own.add_noise(picture, noise, own.timesteps[1:2])
    own._step_index = 1
    theirs = own.scale_model_input(theirs, own.timesteps[1])
    assert torch.allclose(noised(picture, noise, step), theirs, rtol=1e-5, atol=1e-6)


def test_the_last_step_adds_no_noise():
    step = Step.of(schedule(SCHEDULE, 7).steps()[-1])
    latents, velocity = torch.randn(2, 1, 4, 6, 4, generator=torch.Generator().manual_seed(3))
    moved, clean = advance(latents, velocity, torch.full_like(latents, 1e6), step)
    assert torch.allclose(moved, clean, atol=1e-5)


@pytest.mark.parametrize("change", [{"beta_schedule": "scaled_linear"}, {"prediction_type": "epsilon"}])
def test_another_models_schedule_is_refused(change):
    with pytest.raises(WeightsFault, match=next(iter(change))):
        schedule({**SCHEDULE, **change}, 4)
