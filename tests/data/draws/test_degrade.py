"""What cameras and files do: bounded, varied, and never to the truth but for its tone."""

import numpy as np

from deocc.data.draws.degrade import Tone, degraded, drawn_tone

PICTURE = np.random.default_rng(3).integers(0, 256, (8, 8, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)


def test_tables_never_turn_light_into_dark() -> None:
    """Exposure, gamma and contrast are monotonous; 70 % of 200 draws change anything, ± 3.2 %."""
    tones = [drawn_tone(np.random.default_rng(seed)) for seed in range(200)]
    assert all((np.diff(tone.table.astype(int), axis=0) >= 0).all() for tone in tones)
    same = np.mean([(tone.of(PICTURE) == PICTURE).all() for tone in tones])
    assert 0.2 < same < 0.4


def test_grey_stays_grey_in_every_saturation() -> None:
    """The mix of a grey's three equal channels is that grey, for its rows sum to one."""
    for seed in range(50):
        mix = drawn_tone(np.random.default_rng(seed)).mix
        assert np.allclose(mix.sum(axis=1), 1, atol=1e-6)


def test_toning_is_by_channel() -> None:
    """Each channel goes through its own column."""
    table = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)], axis=1).astype(np.uint8)
    out = Tone(np.eye(3, dtype=np.float32), table).of(PICTURE)
    assert (out[..., 0] == PICTURE[..., 0]).all()
    assert (out[..., 1] == 255 - PICTURE[..., 1]).all()
    assert (out[..., 2] == 7).all()


def test_a_degraded_picture_is_still_the_picture() -> None:
    """Checks of 16 px survive blur of 1.4 px, noise of 11 levels and JPEG of quality 30: their middles within
    40 levels on average, red as red and blue as blue."""
    changed = 0
    for seed in range(60):
        out = degraded(PICTURE, np.random.default_rng(seed))
        assert out.shape == PICTURE.shape and out.dtype == np.uint8
        middles = np.abs(out[8::16, 8::16].astype(int) - PICTURE[8::16, 8::16])
        assert middles.mean() < 40
        changed += bool((out != PICTURE).any())
    assert changed > 45
