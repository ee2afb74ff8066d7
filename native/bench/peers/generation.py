"""transformers' generate at temperature 1, as GRPO samples: no top-k, no top-p, fixed lengths or end ids."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from transformers import GenerationConfig, PreTrainedModel

from figures import synchronized_seconds

CACHES = ("dynamic", "static", "compiled")
PROBE_TOKENS = 8


@dataclass(frozen=True)
class Prompts:
    """Prompts of one batch, padded on the left. Without padding `mask` is all ones."""

    ids: torch.Tensor
    mask: torch.Tensor

    @property
    def length(self) -> int:
        return self.ids.shape[1]

    @property
    def is_padded(self) -> bool:
        return not bool(self.mask.all())


@dataclass(frozen=True)
class Sampling:
    """How completions end and which cache holds their keys and values."""

    max_tokens: int
    cache: str = "dynamic"
    end_ids: tuple[int, ...] = ()  # none: every completion has max_tokens tokens
    pad_id: int = 0


def unpadded_prompts(count: int, length: int, vocabulary_size: int, device: torch.device) -> Prompts:
    ids = torch.randint(10, vocabulary_size, (count, length), device=device)
    return Prompts(ids, torch.ones_like(ids))


def left_padded_prompts(prompts: list[list[int]], pad_id: int, device: torch.device) -> Prompts:
    width = max(map(len, prompts))
    ids = torch.tensor([[pad_id] * (width - len(prompt)) + prompt for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    return Prompts(ids, mask)


def repeated(prompts: Prompts, samples: int) -> Prompts:
    """Each prompt `samples` times, its copies side by side."""
    return Prompts(prompts.ids.repeat_interleave(samples, 0), prompts.mask.repeat_interleave(samples, 0))


def _config(sampling: Sampling, prompt_length: int, new_tokens: int) -> GenerationConfig:
    options: dict[str, object] = {}
    if sampling.cache != "dynamic":
        # Sized for the whole completion even in short warm-ups, so that nothing is compiled twice.
        options = {"cache_implementation": "static", "max_cache_len": prompt_length + sampling.max_tokens}
    if sampling.end_ids:
        options["eos_token_id"] = list(sampling.end_ids)
    else:
        options["min_new_tokens"] = new_tokens
    return GenerationConfig(
        do_sample=True,
        temperature=1.0,
        top_k=0,
        top_p=1.0,
        max_new_tokens=new_tokens,
        pad_token_id=sampling.pad_id,
        disable_compile=sampling.cache != "compiled",
        **options,
    )


@torch.no_grad()
def generate(
    model: PreTrainedModel, prompts: Prompts, sampling: Sampling, new_tokens: int | None = None
) -> torch.Tensor:
    """Prompts with their completions, padded on the right. `new_tokens` cuts a warm-up short."""
    config = _config(sampling, prompts.length, new_tokens or sampling.max_tokens)
    # A configuration given as such is the whole truth: no defaults of the model are mixed in.
    model.generation_config = config
    return model.generate(prompts.ids, attention_mask=prompts.mask, generation_config=config)


def with_fastest_cache(model: PreTrainedModel, prompts: Prompts, sampling: Sampling, cache: str) -> Sampling:
    """`sampling` with the cache asked for; `auto` times a few tokens with each of the caches that need no compiler."""
    if cache != "auto":
        return replace(sampling, cache=cache)
    best, best_seconds = sampling, float("inf")
    for kind in ("dynamic", "static"):
        # Without end ids, so that every cache does the same work.
        probe = replace(sampling, cache=kind, end_ids=())
        generate(model, prompts, probe, 2)
        start = synchronized_seconds()
        generate(model, prompts, probe, PROBE_TOKENS)
        seconds = synchronized_seconds() - start
        if seconds < best_seconds:
            best, best_seconds = replace(sampling, cache=kind), seconds
    return best
