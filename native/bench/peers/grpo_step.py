"""One GRPO step of a PEFT model, phase by phase: sampling, rewards, log-probs with backward, AdamW."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from peft import PeftModel

from figures import Figure, peak_gib, reset_peak, synchronized_seconds
from generation import Prompts, Sampling, generate, repeated
from training import advantages_of, backward_from_tokens, grpo_loss_of, set_checkpointing

CLIP_NORM = 1.0
# So small that every repeat samples completions of the same kind; the work is that of any other rate.
LEARNING_RATE = 1e-6


@dataclass(frozen=True)
class Rollout:
    """Prompts and completions of one batch; `completion_mask` is 1 up to the token that ends a completion."""

    ids: torch.Tensor
    prompts: Prompts
    completion_mask: torch.Tensor
    seconds: float
    peak_gib: float | None

    @property
    def sampled_tokens(self) -> int:
        return int(self.completion_mask.sum())

    def detail(self) -> Figure:
        return {
            "sampleSeconds": round(self.seconds, 4),
            "samplePeakGiB": self.peak_gib,
            "sampledTokens": self.sampled_tokens,
            "sampledTokensPerSecond": round(self.sampled_tokens / self.seconds, 1),
        }


@dataclass(frozen=True)
class Update:
    """What follows the sampling of a step."""

    reward_seconds: float
    backward_seconds: float
    optimizer_seconds: float
    trained_tokens: int
    peak_gib: float | None

    @property
    def seconds(self) -> float:
        return self.reward_seconds + self.backward_seconds + self.optimizer_seconds

    def detail(self) -> Figure:
        return {
            "rewardSeconds": round(self.reward_seconds, 4),
            "backwardSeconds": round(self.backward_seconds, 4),
            "optimizerSeconds": round(self.optimizer_seconds, 4),
            "trainedTokens": self.trained_tokens,
            "trainedTokensPerSecond": round(self.trained_tokens / self.backward_seconds, 1),
            "trainPeakGiB": self.peak_gib,
        }


def new_optimizer(model: PeftModel) -> torch.optim.AdamW:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.0)


def _completion_mask(completions: torch.Tensor, end_ids: tuple[int, ...]) -> torch.Tensor:
    if not end_ids:
        return torch.ones_like(completions)
    ends = torch.isin(completions, torch.tensor(end_ids, device=completions.device)).long()
    # The first end id counts, what follows it does not.
    return ((ends.cumsum(1) - ends) == 0).long()


def sample(
    model: PeftModel, prompts: Prompts, samples: int, sampling: Sampling, merged: bool, new_tokens: int | None = None
) -> Rollout:
    """`samples` completions of each prompt. `merged`: the adapter is added to the weights while sampling."""
    model.eval()
    reset_peak()
    start = synchronized_seconds()
    if merged:
        model.merge_adapter()
    batch = repeated(prompts, samples)
    ids = generate(model.get_base_model(), batch, sampling, new_tokens)
    if merged:
        model.unmerge_adapter()
    mask = _completion_mask(ids[:, batch.length :], sampling.end_ids)
    return Rollout(ids, batch, mask, synchronized_seconds() - start, peak_gib())


def trivial_rewards(rollout: Rollout) -> torch.Tensor:
    """1 where the ids of a completion add up to an even number: about half of them, and no grader's time."""
    sums = (rollout.ids[:, rollout.prompts.length :] * rollout.completion_mask).sum(1)
    return (sums % 2 == 0).float()


def _accumulate_gradients(model: PeftModel, rollout: Rollout, advantages: torch.Tensor, micro_batch: int) -> None:
    prompt_length, width = rollout.prompts.length, rollout.completion_mask.shape[1]
    weights = rollout.completion_mask.float() / rollout.completion_mask.sum()
    mask = None
    if rollout.prompts.is_padded:
        # Padding on the right is behind every token that counts; the causal mask hides it.
        mask = torch.cat([rollout.prompts.mask, torch.ones_like(rollout.completion_mask)], 1)
    for start in range(0, len(rollout.ids), micro_batch):
        rows = slice(start, start + micro_batch)
        loss_of = grpo_loss_of(weights[rows].reshape(-1), advantages[rows].repeat_interleave(width))
        backward_from_tokens(model, rollout.ids[rows], None if mask is None else mask[rows], prompt_length, loss_of)


def update(
    model: PeftModel,
    optimizer: torch.optim.Optimizer,
    rollout: Rollout,
    samples: int,
    micro_batch: int,
    checkpointing: bool,
) -> Update:
    """Rewards, log-probs with backward, and one step of AdamW."""
    set_checkpointing(model, checkpointing)
    model.train()
    reset_peak()
    start = synchronized_seconds()
    advantages = advantages_of(trivial_rewards(rollout), samples)
    rewarded = synchronized_seconds()
    _accumulate_gradients(model, rollout, advantages, micro_batch)
    differentiated = synchronized_seconds()
    torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], CLIP_NORM)
    optimizer.step()
    optimizer.zero_grad()
    stepped = synchronized_seconds()
    trained_tokens = int(rollout.prompts.mask.sum()) + rollout.sampled_tokens
    return Update(rewarded - start, differentiated - rewarded, stepped - differentiated, trained_tokens, peak_gib())


def cut(rollout: Rollout, sequences: int) -> Rollout:
    """The first sequences of a rollout: one micro-batch to warm up with."""
    prompts = Prompts(rollout.prompts.ids[:sequences], rollout.prompts.mask[:sequences])
    return Rollout(rollout.ids[:sequences], prompts, rollout.completion_mask[:sequences], rollout.seconds, None)
