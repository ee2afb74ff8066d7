"""GRPO steps of a real llama GGUF with transformers and PEFT; JSON lines, as README.md says.

python3 small_model.py MODEL.gguf --task NAME=FILE [--task …] [--samples 8] [--adapter tinylora|lora] [--quick]

FILE is JSON: {"prompts": [[token ids…]…], "eos": [token ids that end a completion…], "maxTokens": 10}.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from peft import LoraConfig, PeftConfig, PeftModel, TinyLoraConfig, get_peft_model

from figures import MAX_REPEATS, Figure, Report, figure, is_wanted, pick_device, synchronized_seconds
from generation import CACHES, Sampling, left_padded_prompts, repeated, with_fastest_cache
from gguf_weights import load_llama
from grpo_step import Rollout, Update, new_optimizer, sample, update

# At most that many tokens a completion, where the file does not say it.
MAX_TOKENS = {"smallest": 10, "product": 48}
QUICK_PROMPTS = 4


@dataclass(frozen=True)
class Task:
    """Prompts of one step and the ids that end a completion."""

    name: str
    prompts: list[list[int]]
    end_ids: tuple[int, ...]
    max_tokens: int


@dataclass(frozen=True)
class StepSettings:
    samples: int
    micro_batch: int
    checkpointing: bool
    merged: bool


def read_task(argument: str) -> Task:
    name, _, path = argument.partition("=")
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    max_tokens = content.get("maxTokens") or MAX_TOKENS.get(name)
    if max_tokens is None:
        raise SystemExit(f"{path} needs maxTokens, since {name} is none of {', '.join(MAX_TOKENS)}.")
    return Task(name, content["prompts"], tuple(content["eos"]), max_tokens)


def adapter_config(kind: str) -> PeftConfig:
    """TinyLoRA: one number a module, 210 for 30 layers. LoRA: rank 2. Both on the seven linears of every layer."""
    if kind == "tinylora":
        return TinyLoraConfig(r=2, u=1, weight_tying=0.0, target_modules="all-linear")
    return LoraConfig(r=2, target_modules="all-linear")


def step_figure(steps: list[tuple[Rollout, Update]], **detail: object) -> Figure:
    """Of the step with the median time: completions differ in length from step to step."""
    totals = [rollout.seconds + done.seconds for rollout, done in steps]
    middle = totals.index(statistics.median_low(totals))
    rollout, done = steps[middle]
    repeats = [round(total, 4) for total in totals]
    return figure(totals[middle], "s", **detail, repeatsSeconds=repeats, **rollout.detail(), **done.detail())


def measure_task(model: PeftModel, task: Task, settings: StepSettings, cache: str, repeats: int) -> dict[str, Figure]:
    optimizer = new_optimizer(model)
    pad_id = task.end_ids[0] if task.end_ids else 0
    prompts = left_padded_prompts(task.prompts, pad_id, model.device)
    base = model.get_base_model().eval()
    asked = Sampling(task.max_tokens, end_ids=task.end_ids, pad_id=pad_id)
    sampling = with_fastest_cache(base, repeated(prompts, settings.samples), asked, cache)
    steps: list[tuple[Rollout, Update]] = []
    for _ in range(1 + repeats):
        rollout = sample(model, prompts, settings.samples, sampling, settings.merged)
        done = update(model, optimizer, rollout, settings.samples, settings.micro_batch, settings.checkpointing)
        steps.append((rollout, done))
    detail = {
        "prompts": len(task.prompts),
        "samples": settings.samples,
        "longestPromptTokens": prompts.length,
        "maxTokens": task.max_tokens,
        "trainableNumbers": sum(parameter.numel() for parameter in optimizer.param_groups[0]["params"]),
        "cache": sampling.cache,
        "rollout": "merged" if settings.merged else "adapter",
        "microBatch": settings.micro_batch,
        "checkpointing": settings.checkpointing,
    }
    return {f"grpo-step {task.name}": step_figure(steps[1:], **detail)}  # the first one warmed up


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--task", action="append", required=True, metavar="NAME=FILE", help="repeatable")
    parser.add_argument("--only", action="append", metavar="NAME", help="these tasks alone")
    parser.add_argument("--quick", action="store_true", help="four prompts and no repeats: does everything run?")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--adapter", choices=("tinylora", "lora"), default="tinylora")
    parser.add_argument(
        "--cache", choices=("auto", *CACHES), default="auto", help="auto: dynamic or static, as is faster"
    )
    parser.add_argument("--rollout", choices=("merged", "adapter"), default="merged", help="what a step samples from")
    parser.add_argument("--micro-batch", type=int, default=128, help="sequences")
    parser.add_argument("--checkpointing", action="store_true")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch.manual_seed(0)
    device = pick_device()
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    report = Report(device, model=Path(arguments.model).name, adapter=arguments.adapter, quick=arguments.quick)
    tasks = [task for task in map(read_task, arguments.task) if is_wanted(task.name, arguments.only)]
    if arguments.quick:
        tasks = [replace(task, prompts=task.prompts[:QUICK_PROMPTS]) for task in tasks]

    start = synchronized_seconds()
    model = load_llama(arguments.model, dtype, device)
    loaded = synchronized_seconds()
    adapted = get_peft_model(model, adapter_config(arguments.adapter))
    made = synchronized_seconds()
    # TinyLoRA's time is that of an SVD for each module.
    report.add({"load model": figure(loaded - start, "s"), "make adapter": figure(made - loaded, "s")})
    settings = StepSettings(
        arguments.samples, arguments.micro_batch, arguments.checkpointing, arguments.rollout == "merged"
    )
    repeats = 1 if arguments.quick else MAX_REPEATS
    for task in tasks:
        report.add(measure_task(adapted, task, settings, arguments.cache, repeats))


if __name__ == "__main__":
    main()
