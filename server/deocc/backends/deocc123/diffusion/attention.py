"""Reference attention (Zero123++ §2.3): how the views see the photo.

The UNet first reads the reference picture and keeps each self-attention's tokens; when it then denoises the
views, these tokens are further keys and values. The attentions' own weights do both: nothing is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

SUFFIX = ".processor"


class Written(Exception):
    """The last self-attention has its tokens: what the UNet would still compute is not looked at."""


class ReferenceBank:
    """What the attentions of one UNet share during a job.

    tokens: per self-attention, of the reference picture at this step, (B, reference tokens, C).
    prompt: per cross-attention, keys and values of the prompt, (B, heads, 77, C / heads): they don't
    change with the step, so each is computed once a job.
    rows: which part of the batch a split pass works on.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, Tensor] = {}
        self.prompt: dict[str, tuple[Tensor, Tensor]] = {}
        self.prompt_states: Tensor | None = None
        self.rows = slice(None)
        self.writing = False
        self.last = ""

    def begin(self, prompt_states: Tensor) -> None:
        """A new job's prompt, (B, 77, C)."""
        self.clear()
        self.prompt_states = prompt_states

    def clear(self) -> None:
        """Forgets everything of a job, and frees it."""
        self.tokens.clear()
        self.prompt.clear()
        self.prompt_states = None
        self.rows = slice(None)


class ReferenceAttention:
    """Self-attention: keeps its tokens, or attends to its own and the kept ones, own first."""

    def __init__(self, name: str, bank: ReferenceBank):
        self._name, self._bank = name, bank

    def __call__(self, attn: Any, hidden_states: Tensor, *_, **__) -> Tensor:
        context = hidden_states  # (B, T, C)
        if self._bank.writing:
            self._bank.tokens[self._name] = hidden_states
            if self._name == self._bank.last:
                raise Written
        else:
            context = torch.cat([hidden_states, self._bank.tokens[self._name]], dim=1)  # (B, T + R, C)
        return _attend(
            attn, hidden_states, _heads(attn, attn.to_k(context)), _heads(attn, attn.to_v(context))
        )


class PromptAttention:
    """Cross-attention to the prompt, whose keys and values are kept for the job."""

    def __init__(self, name: str, bank: ReferenceBank):
        self._name, self._bank = name, bank

    def __call__(self, attn: Any, hidden_states: Tensor, *_, **__) -> Tensor:
        kept = self._bank.prompt.get(self._name)
        if kept is None:
            states = self._bank.prompt_states
            assert states is not None, "ReferenceBank.begin comes before the first pass"
            kept = _heads(attn, attn.to_k(states)), _heads(attn, attn.to_v(states))
            self._bank.prompt[self._name] = kept
        rows = self._bank.rows
        return _attend(attn, hidden_states, kept[0][rows], kept[1][rows])


def install(unet: UNet2DConditionModel) -> ReferenceBank:
    """Gives the UNet's attentions these processors; the bank they share."""
    bank = ReferenceBank()
    names = [name.removesuffix(SUFFIX) for name in unet.attn_processors]
    processors: dict[str, Any] = {
        name + SUFFIX: (ReferenceAttention if name.endswith("attn1") else PromptAttention)(name, bank)
        for name in names
    }
    unet.set_attn_processor(processors)
    ways = [name for name in names if name.endswith("attn1")]
    # the way up comes last, though the UNet lists its middle after it
    bank.last = [name for name in ways if name.startswith("up_blocks")][-1]
    return bank


def _heads(attn: Any, states: Tensor) -> Tensor:
    """(B, T, C) -> (B, heads, T, C / heads)"""
    return states.unflatten(-1, (attn.heads, -1)).transpose(1, 2)


def _attend(attn: Any, hidden_states: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    queries = _heads(attn, attn.to_q(hidden_states))
    mixed = F.scaled_dot_product_attention(queries, keys, values)  # (B, heads, T, C / heads)
    return attn.to_out[0](mixed.transpose(1, 2).flatten(2))
