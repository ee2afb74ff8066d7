"""Timing, peak memory and the JSON lines that every peer prints."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peft
import torch
import transformers

GIB = 2**30
MAX_REPEATS = 3
# A figure starts another repeat only while its repeats have taken less than this, so that slow ones run once.
REPEAT_BUDGET_SECONDS = 4.5

Figure = dict[str, Any]


@dataclass(frozen=True)
class Timing:
    """Repeats of one piece of work, and the most device memory that they held."""

    repeats_seconds: list[float]
    peak_gib: float | None

    @property
    def seconds(self) -> float:
        return statistics.median(self.repeats_seconds)

    def detail(self) -> Figure:
        return {"repeatsSeconds": [round(value, 4) for value in self.repeats_seconds], "peakGiB": self.peak_gib}


def pick_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def synchronized_seconds() -> float:
    """The host's clock after everything queued on the device is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def reset_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak_gib() -> float | None:
    """GiB held at most since `reset_peak`; None without a GPU."""
    return round(torch.cuda.max_memory_allocated() / GIB, 2) if torch.cuda.is_available() else None


def measure(work: Callable[[], Any], warm_up: Callable[[], Any] | None = None, repeats: int = MAX_REPEATS) -> Timing:
    """Time `work` after `warm_up` (None: no warm-up), up to `repeats` times within the budget, at least once."""
    if warm_up is not None:
        warm_up()
    reset_peak()
    seconds: list[float] = []
    while not seconds or (len(seconds) < repeats and sum(seconds) < REPEAT_BUDGET_SECONDS):
        start = synchronized_seconds()
        work()
        seconds.append(synchronized_seconds() - start)
    return Timing(seconds, peak_gib())


def figure(value: float | None, unit: str, **detail: Any) -> Figure:
    """One figure; None where the work did not fit into memory."""
    return {"value": None if value is None else float(f"{value:.5g}"), "unit": unit, "detail": detail}


class Report:
    """Prints a line for each group of figures as soon as it is measured, so that a run cut short keeps the others."""

    def __init__(self, device: torch.device, **settings: Any) -> None:
        self.head = {
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
            "versions": {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "peft": peft.__version__,
                "cuda": torch.version.cuda,
            },
            "settings": settings,
        }

    def add(self, figures: dict[str, Figure]) -> None:
        print(json.dumps({**self.head, "figures": figures}), flush=True)


def is_wanted(name: str, only: list[str] | None) -> bool:
    """Whether `--only` asks for the figures of this name; without it, all are wanted."""
    return not only or name in only
