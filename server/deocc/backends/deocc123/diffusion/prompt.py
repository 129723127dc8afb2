"""The empty prompt: Zero123++ is a text-to-picture network that is never given any text (paper §3.4).

So its text model is run once, when weights are prepared; 77 tokens stay, and 340 million parameters go.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.config import EMPTY_PROMPT, PROMPT_TOKENS
from deocc.backends.deocc123.diffusion.sources import needed, weights_in, without_counting
from deocc.weights.checkpoint import load_strict, read_tensors
from deocc.weights.faults import wrong_weights

TEXT_PREFIX = "text_model."  # which transformers 5 no longer has in front of its text model's keys


@torch.inference_mode()
def empty_prompt(text_encoder: Path, tokenizer: Path) -> Tensor:
    """The empty prompt's last hidden states, (77, C) float32, after the text model's final LayerNorm."""
    config = networks.read_json(needed(text_encoder / "config.json"))
    model = networks.on_meta(networks.build_text, config)
    found = without_counting(read_tensors(weights_in(text_encoder, "model", "pytorch_model")))
    load_strict(model, as_called_here(found, model), torch.float32, what="The text encoder")
    ids = torch.tensor([token_ids(tokenizer)])
    return networks.ready(model)(input_ids=ids).last_hidden_state[0].clone()


def token_ids(tokenizer: Path) -> tuple[int, ...]:
    """Token numbers of the empty prompt: begin, end, then padding to 77, by the tokenizer's own files."""
    if not (tokenizer / "vocab.json").is_file():
        return EMPTY_PROMPT
    vocabulary = networks.read_json(tokenizer / "vocab.json")
    told = networks.read_json(needed(tokenizer / "tokenizer_config.json"))
    try:
        numbers = [vocabulary[_token(told[f"{name}_token"])] for name in ("bos", "eos", "pad")]
    except KeyError as error:
        raise wrong_weights(f"The tokenizer has no token {error}.") from error
    return (numbers[0], numbers[1]) + (numbers[2],) * (PROMPT_TOKENS - 2)


def _token(told: Any) -> str:
    """A token as tokenizer_config.json has it: bare, or with how it is stripped."""
    return told["content"] if isinstance(told, dict) else told


def as_called_here(found: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """The keys as the installed transformers calls them."""
    here = any(key.startswith(TEXT_PREFIX) for key in model.state_dict())
    bare = {key.removeprefix(TEXT_PREFIX): tensor for key, tensor in found.items()}
    return {TEXT_PREFIX + key: tensor for key, tensor in bare.items()} if here else bare
