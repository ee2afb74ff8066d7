"""The peers on the shape of Qwen2.5-7B with random bf16 weights; JSON lines, as README.md says.

python3 seven_b.py [--only generate|svd|train|grpo-step]… [--quick] [--shape 7b|tiny]
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, PreTrainedModel, Qwen2Config

from figures import Figure, Report, Timing, figure, is_wanted, measure, pick_device, synchronized_seconds
from generation import CACHES, Sampling, generate, unpadded_prompts, with_fastest_cache
from grpo_step import cut, new_optimizer, sample, update
from training import next_token_backward, set_checkpointing

FIGURES = ("generate", "svd", "train", "grpo-step")


@dataclass(frozen=True)
class Shape:
    """Sizes of the model and of the work."""

    width: int
    feed_forward: int
    layers: int
    heads: int
    key_value_heads: int
    vocabulary: int
    sequences: int  # generate
    prompt_tokens: int
    new_tokens: int
    train_sequences: int  # forward + backward
    train_length: int
    step_prompts: int  # GRPO step
    step_samples: int
    step_tokens: int
    micro_batch: int  # with gradient checkpointing
    micro_batch_without: int


SHAPES = {
    "7b": Shape(3584, 18944, 28, 28, 4, 152064, 256, 128, 96, 32, 512, 64, 4, 256, 32, 8),
    "tiny": Shape(64, 160, 2, 4, 2, 512, 8, 6, 4, 4, 16, 4, 2, 6, 4, 2),
}
QUICK = {
    "new_tokens": 16,
    "train_sequences": 8,
    "step_prompts": 16,
    "step_tokens": 32,
    "micro_batch": 8,
}


def random_model(shape: Shape, device: torch.device) -> PreTrainedModel:
    """Built where it will run: 15 GB of random numbers take long on a CPU."""
    config = Qwen2Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=32768,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    with device:
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16, attn_implementation="sdpa")
    return model.eval()


def generate_figures(model: PreTrainedModel, shape: Shape, cache: str, repeats: int) -> dict[str, Figure]:
    prompts = unpadded_prompts(shape.sequences, shape.prompt_tokens, shape.vocabulary, model.device)
    sampling = with_fastest_cache(model, prompts, Sampling(shape.new_tokens), cache)
    timing = measure(lambda: generate(model, prompts, sampling), lambda: generate(model, prompts, sampling, 4), repeats)
    tokens = shape.sequences * shape.new_tokens
    detail = {"sequences": shape.sequences, "promptTokens": shape.prompt_tokens, "newTokens": shape.new_tokens}
    rate = figure(tokens / timing.seconds, "tok/s", **detail, cache=sampling.cache, **timing.detail())
    return {"generate": rate}


def _svd_timing(weight: torch.Tensor, repeats: int) -> Timing:
    warm_up = weight[:64, :64]
    return measure(lambda: torch.linalg.svd(weight, full_matrices=False), lambda: torch.linalg.svd(warm_up), repeats)


def svd_figures(shape: Shape, device: torch.device, repeats: int) -> dict[str, Figure]:
    """PEFT's way: the full decomposition in float32, of each of the seven linears of every layer."""
    head_width = shape.width // shape.heads
    counts = {
        (shape.width, shape.width): 2,
        (head_width * shape.key_value_heads, shape.width): 2,
        (shape.feed_forward, shape.width): 3,
    }
    figures: dict[str, Figure] = {}
    layer_seconds = 0.0
    for (rows, columns), count in counts.items():
        timing = _svd_timing(torch.randn(rows, columns, device=device), repeats)
        layer_seconds += count * timing.seconds
        figures[f"svd {rows}x{columns}"] = figure(timing.seconds, "s", **timing.detail())
    modules = 7 * shape.layers
    figures["svd all"] = figure(layer_seconds * shape.layers, "s", modules=modules, extrapolated=True)
    return figures


def _train_timing(model: PeftModel, micro_batches: tuple[torch.Tensor, ...], repeats: int) -> Timing:
    def work() -> None:
        for ids in micro_batches:
            next_token_backward(model, ids)
        model.zero_grad()

    return measure(work, lambda: next_token_backward(model, micro_batches[0]), repeats)


def train_figures(model: PeftModel, shape: Shape, repeats: int) -> dict[str, Figure]:
    """Forward and backward of all tokens, gradients accumulated over micro-batches."""
    ids = torch.randint(10, shape.vocabulary, (shape.train_sequences, shape.train_length), device=model.device)
    figures: dict[str, Figure] = {}
    for checkpointing, micro_batch in ((False, shape.micro_batch_without), (True, shape.micro_batch)):
        set_checkpointing(model, checkpointing)
        model.train()
        name = "train with checkpointing" if checkpointing else "train"
        detail = {"sequences": len(ids), "length": shape.train_length, "microBatch": micro_batch}
        try:
            timing = _train_timing(model, ids.split(micro_batch), repeats)
            figures[name] = figure(ids.numel() / timing.seconds, "tok/s", **detail, **timing.detail())
        except torch.OutOfMemoryError:
            figures[name] = figure(None, "tok/s", **detail, outOfMemory=True)
            torch.cuda.empty_cache()
    return figures


def step_figures(model: PeftModel, shape: Shape, cache: str, merged: bool) -> dict[str, Figure]:
    """A whole GRPO step, once; the update is done with and without gradient checkpointing on the same completions."""
    base = model.get_base_model()
    samples, sequences = shape.step_samples, shape.step_prompts * shape.step_samples
    optimizer = new_optimizer(model)
    prompts = unpadded_prompts(shape.step_prompts, shape.prompt_tokens, shape.vocabulary, model.device)
    probe = unpadded_prompts(sequences, shape.prompt_tokens, shape.vocabulary, model.device)
    sampling = with_fastest_cache(base.eval(), probe, Sampling(shape.step_tokens), cache)
    sample(model, prompts, samples, sampling, merged, 4)
    rollout = sample(model, prompts, samples, sampling, merged)
    detail = {
        "prompts": shape.step_prompts,
        "samples": samples,
        "promptTokens": shape.prompt_tokens,
        "completionTokens": shape.step_tokens,
        "cache": sampling.cache,
        "rollout": "merged" if merged else "adapter",
    }
    figures: dict[str, Figure] = {}
    for checkpointing, micro_batch in ((True, shape.micro_batch), (False, shape.micro_batch_without)):
        name = "grpo-step with checkpointing" if checkpointing else "grpo-step"
        try:
            warm_up = cut(rollout, samples * math.ceil(micro_batch / samples))  # whole groups
            update(model, optimizer, warm_up, samples, micro_batch, checkpointing)
            done = update(model, optimizer, rollout, samples, micro_batch, checkpointing)
            measured = {**rollout.detail(), **done.detail()}
            figures[name] = figure(rollout.seconds + done.seconds, "s", **detail, microBatch=micro_batch, **measured)
        except torch.OutOfMemoryError:
            figures[name] = figure(None, "s", **detail, microBatch=micro_batch, outOfMemory=True)
            optimizer.zero_grad()
            torch.cuda.empty_cache()
    return figures


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=FIGURES, help="repeatable")
    parser.add_argument("--quick", action="store_true", help="less work and no repeats: does everything run?")
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument(
        "--cache", choices=("auto", *CACHES), default="auto", help="auto: dynamic or static, as is faster"
    )
    parser.add_argument("--rollout", choices=("merged", "adapter"), default="merged", help="what a step samples from")
    parser.add_argument("--micro-batch", type=int, help="sequences with gradient checkpointing")
    parser.add_argument("--bf16-adapter", action="store_true", help="bf16 adapter; PEFT's default is float32")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch.manual_seed(0)
    device = pick_device()
    changes = dict(QUICK) if arguments.quick and arguments.shape == "7b" else {}
    if arguments.micro_batch:
        changes["micro_batch"] = arguments.micro_batch
    shape = replace(SHAPES[arguments.shape], **changes)
    repeats = 1 if arguments.quick else 3
    report = Report(device, shape=arguments.shape, quick=arguments.quick, bf16Adapter=arguments.bf16_adapter)

    start = synchronized_seconds()
    model = random_model(shape, device)
    report.add({"build model": figure(synchronized_seconds() - start, "s")})
    if is_wanted("generate", arguments.only):
        report.add(generate_figures(model, shape, arguments.cache, repeats))
    if is_wanted("svd", arguments.only):
        report.add(svd_figures(shape, device, repeats))
    adapted = get_peft_model(
        model, LoraConfig(r=2, target_modules="all-linear"), autocast_adapter_dtype=not arguments.bf16_adapter
    )
    if is_wanted("train", arguments.only):
        report.add(train_figures(adapted, shape, repeats))
    if is_wanted("grpo-step", arguments.only):
        report.add(step_figures(adapted, shape, arguments.cache, arguments.rollout == "merged"))


if __name__ == "__main__":
    main()
