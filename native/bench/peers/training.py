"""Log-probs, the GRPO loss and gradients of an adapter, in micro-batches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from peft import PeftModel
from torch.nn import functional

# Rows of hidden states whose logits are held at once: 1.2 GB in float32 for a vocabulary of 152,064.
HEAD_ROWS = 2048
CLIP_EPSILON = 0.2

# From log-probs of some tokens and their places in the flattened batch to a loss.
TokenLoss = Callable[[torch.Tensor, slice], torch.Tensor]


def set_checkpointing(model: PeftModel, enabled: bool) -> None:
    base = model.get_base_model()
    if enabled:
        base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    else:
        base.gradient_checkpointing_disable()


def backward_from_tokens(
    model: PeftModel, ids: torch.Tensor, mask: torch.Tensor | None, first: int, loss_of: TokenLoss
) -> float:
    """Forward and backward; the loss is a sum over the log-probs of the tokens from column `first` on.

    The head's logits are formed, and differentiated, a few rows at a time; its gradient with respect to the hidden
    states then goes through the decoder once. This costs no recomputation and never holds all logits.
    """
    base = model.get_base_model()
    options = {}
    if mask is not None:
        options = {"attention_mask": mask, "position_ids": (mask.cumsum(1) - 1).clamp(min=0)}
    hidden = base.model(ids, use_cache=False, **options).last_hidden_state[:, first - 1 : -1]
    rows = hidden.reshape(-1, hidden.shape[-1])
    targets = ids[:, first:].reshape(-1)
    leaf = rows.detach().requires_grad_()
    total = torch.zeros((), device=ids.device)
    for start in range(0, len(targets), HEAD_ROWS):
        part = slice(start, start + HEAD_ROWS)
        log_probs = -functional.cross_entropy(base.lm_head(leaf[part]).float(), targets[part], reduction="none")
        loss = loss_of(log_probs, part)
        loss.backward()
        total = total + loss.detach()
    rows.backward(leaf.grad)
    return float(total)


def next_token_backward(model: PeftModel, ids: torch.Tensor) -> float:
    """Mean next-token cross-entropy of whole sequences."""
    scale = 1.0 / (ids.shape[0] * (ids.shape[1] - 1))
    return backward_from_tokens(model, ids, None, 1, lambda log_probs, _: -scale * log_probs.sum())


def advantages_of(rewards: torch.Tensor, samples: int) -> torch.Tensor:
    """(reward − mean) / (sample standard deviation + 1e-6) over the samples of each prompt."""
    groups = rewards.view(-1, samples)
    centred = groups - groups.mean(1, keepdim=True)
    return (centred / (groups.std(1, keepdim=True) + 1e-6)).view(-1)


def grpo_loss_of(weights: torch.Tensor, advantages: torch.Tensor) -> TokenLoss:
    """Clipped GRPO loss of tokens with these weights (0 for padding), at one optimiser step a batch.

    The policy that sampled is the one that is trained, so the old log-probs are the current ones without gradient.
    """

    def loss_of(log_probs: torch.Tensor, part: slice) -> torch.Tensor:
        ratio = torch.exp(log_probs - log_probs.detach())
        advantage = advantages[part]
        clipped = ratio.clamp(1 - CLIP_EPSILON, 1 + CLIP_EPSILON) * advantage
        return -(weights[part] * torch.minimum(ratio * advantage, clipped)).sum()

    return loss_of
