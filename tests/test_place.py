"""Device, tier and memory: what is held where, what falls to which tier, and which error means what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deocc import place as place_module
from deocc.place import TIER_BYTES, Place, Tier, choose_place, is_device_lost, is_out_of_memory

torch = pytest.importorskip("torch")


class Network:
    """Remembers where it was moved."""

    def __init__(self):
        self.moves: list[str] = []

    def to(self, device: Any) -> None:
        self.moves.append(device if isinstance(device, str) else device.type)


def a_card(tier: Tier) -> Any:
    return Place(SimpleNamespace(type="cuda"), torch.float16, tier)  # type: ignore[arg-type]


def test_a_large_card_keeps_networks_and_a_smaller_one_puts_them_back():
    large, small, network = a_card(Tier.RESIDENT), a_card(Tier.STAGED), Network()
    with large.hold(network):  # type: ignore[arg-type]
        pass
    assert network.moves == ["cuda"]
    with small.hold(network):  # type: ignore[arg-type]
        assert network.moves == ["cuda", "cuda"]
    assert network.moves == ["cuda", "cuda", "cpu"]


def test_networks_are_put_back_when_a_stage_fails_on_a_small_card():
    network = Network()
    with pytest.raises(RuntimeError, match="mid-stage"), a_card(Tier.STAGED).hold(network):  # type: ignore[arg-type]
        raise RuntimeError("mid-stage")
    assert network.moves == ["cuda", "cpu"]


def test_lowering_clears_the_card_and_ends_at_the_last_tier():
    place, network = a_card(Tier.RESIDENT), Network()
    with place.hold(network):  # type: ignore[arg-type]
        pass
    assert place.lower() and place.tier == Tier.STAGED and network.moves == ["cuda", "cpu"]
    assert not place.split_guidance
    assert place.lower() and place.tier == Tier.TIGHT and place.split_guidance
    assert not place.lower() and place.tier == Tier.TIGHT


def test_a_processor_has_no_smaller_tier():
    assert not Place(torch.device("cpu"), torch.float32).lower()


@pytest.mark.parametrize(
    ("gigabytes", "tier"),
    [
        (24, Tier.RESIDENT),
        (15.7, Tier.RESIDENT),
        (12, Tier.STAGED),
        (8.0, Tier.STAGED),
        (6.0, Tier.TIGHT),
        (4.0, None),
    ],
)
def test_the_tier_follows_the_cards_memory(gigabytes: float, tier: Tier | None, monkeypatch):
    monkeypatch.delenv("DEOCC_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    card = SimpleNamespace(total_memory=int(gigabytes * 1e9))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    place = choose_place()
    if tier is None:
        assert place.is_processor
    else:
        assert (place.device.type, place.dtype, place.tier) == ("cuda", torch.float16, tier)


@pytest.mark.parametrize(
    ("asked", "native", "dtype"),
    [
        ("cpu", True, torch.bfloat16),
        ("cpu", False, torch.float32),
        ("cpu:float32", True, torch.float32),
    ],
)
def test_the_processor_can_be_asked_for_and_full_precision_on_it(asked, native, dtype, monkeypatch):
    monkeypatch.setenv("DEOCC_DEVICE", asked)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for question in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, question, lambda: native, raising=False)
    place = choose_place()
    assert place.is_processor and place.dtype == dtype


def test_want_of_memory_and_a_lost_device_are_told_apart():
    card = a_card(Tier.STAGED)
    for error in (
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes"),
        MemoryError(),
    ):
        assert is_out_of_memory(error)
    lost = RuntimeError("CUDA error: unspecified launch failure")
    assert is_device_lost(lost, card) and not is_out_of_memory(lost)
    assert not is_device_lost(RuntimeError("shapes don't fit"), card)
    assert not is_device_lost(lost, Place(torch.device("cpu"), torch.float32))


def test_tiers_are_named_by_what_their_cards_really_tell():
    # a card sold as 8 GB tells 7.6 GiB to 8.0 GiB less what the system keeps
    assert TIER_BYTES[Tier.STAGED] < 7.6 * 2**30 and TIER_BYTES[Tier.TIGHT] < 5.7 * 2**30


def test_this_processs_peak_memory_rises_with_what_it_holds():
    place_module.reset_peak_memory()
    before_gb = place_module.peak_memory_gb()
    if before_gb == 0.0:
        pytest.skip("this system does not tell a process's peak memory")
    held = bytearray(300_000_000)
    held[::4096] = b"x" * len(held[::4096])  # pages count once they are written
    assert place_module.peak_memory_gb() > before_gb + 0.2
