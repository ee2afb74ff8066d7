"""Reads a llama GGUF with numpy alone and makes a transformers model of its dequantised weights.

transformers' own `gguf_file` needs the package gguf, which a GPU machine without a network may lack. The tokenizer is
left out: the peers take token ids.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LlamaConfig, LlamaForCausalLM

DEFAULT_ALIGNMENT = 32
STRING, ARRAY = 8, 9
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}

F32, F16, Q4_0, Q4_1, Q8_0, BF16 = 0, 1, 2, 3, 8, 30
# Weights and bytes of one block.
BLOCKS = {F32: (1, 4), F16: (1, 2), BF16: (1, 2), Q4_0: (32, 18), Q4_1: (32, 20), Q8_0: (32, 34)}

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
MODEL_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def _read_scalar(file: BinaryIO, kind: int) -> Any:
    layout = SCALARS[kind]
    return struct.unpack(layout, file.read(struct.calcsize(layout)))[0]


def _read_string(file: BinaryIO) -> str:
    return file.read(_read_scalar(file, 10)).decode("utf-8", "replace")


def _read_value(file: BinaryIO, kind: int) -> Any:
    if kind == STRING:
        return _read_string(file)
    if kind == ARRAY:
        item_kind, count = _read_scalar(file, 4), _read_scalar(file, 10)
        return [_read_value(file, item_kind) for _ in range(count)]
    return _read_scalar(file, kind)


def _nibbles(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A block's first half is in the low four bits, its second half in the high four."""
    return np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)


def dequantise(blocks: NDArray[np.uint8], kind: int) -> NDArray[np.float32]:
    """`blocks` is [number of blocks, bytes of a block]; float32, flat."""
    if kind == F32:
        return blocks.view(np.float32).ravel()
    if kind == F16:
        return blocks.view(np.float16).astype(np.float32).ravel()
    if kind == BF16:
        return (blocks.view(np.uint16).astype(np.uint32) << 16).view(np.float32).ravel()
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    if kind == Q8_0:
        values = scale * blocks[:, 2:].view(np.int8).astype(np.float32)
    elif kind == Q4_0:
        values = scale * (_nibbles(blocks[:, 2:]) - 8)
    else:
        minimum = blocks[:, 2:4].copy().view(np.float16).astype(np.float32)
        values = scale * _nibbles(blocks[:, 4:]) + minimum
    return values.ravel()


class GgufFile:
    """Metadata and tensors of a GGUF (version 2 or 3, little-endian)."""

    def __init__(self, path: str | Path) -> None:
        self.metadata: dict[str, Any] = {}
        self._tensors: dict[str, tuple[tuple[int, ...], int, int]] = {}  # shape as in PyTorch, type, offset
        with open(path, "rb") as file:
            if file.read(4) != b"GGUF" or _read_scalar(file, 4) not in (2, 3):
                raise ValueError(f"{path} is no GGUF of version 2 or 3.")
            tensor_count, metadata_count = _read_scalar(file, 10), _read_scalar(file, 10)
            for _ in range(metadata_count):
                key = _read_string(file)
                self.metadata[key] = _read_value(file, _read_scalar(file, 4))
            for _ in range(tensor_count):
                name = _read_string(file)
                shape = tuple(_read_scalar(file, 10) for _ in range(_read_scalar(file, 4)))
                self._tensors[name] = (shape[::-1], _read_scalar(file, 4), _read_scalar(file, 10))
            alignment = self.metadata.get("general.alignment", DEFAULT_ALIGNMENT)
            data_start = -(-file.tell() // alignment) * alignment
        self._data = np.memmap(path, np.uint8, "r", offset=data_start)

    def names(self) -> list[str]:
        return list(self._tensors)

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor in float32."""
        shape, kind, offset = self._tensors[name]
        if kind not in BLOCKS:
            raise ValueError(f"{name} has tensor type {kind}; this reader knows F32, F16, BF16, Q8_0, Q4_0 and Q4_1.")
        block_weights, block_bytes = BLOCKS[kind]
        count = math.prod(shape) // block_weights
        blocks = np.array(self._data[offset : offset + count * block_bytes]).reshape(count, block_bytes)
        return torch.from_numpy(dequantise(blocks, kind).reshape(shape))


def _halves_order(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of q or k as transformers has them: GGUF interleaves a head's halves, row 2p + s for row s·h/2 + p."""
    return weight.view(heads, -1, 2, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def _name_in_transformers(name: str) -> str:
    part, suffix = name.rsplit(".", 1)
    if part in MODEL_NAMES:
        return f"{MODEL_NAMES[part]}.{suffix}"
    _, layer, part = part.split(".")
    return f"model.layers.{layer}.{LAYER_NAMES[part]}.{suffix}"


def llama_config(file: GgufFile) -> LlamaConfig:
    if file.metadata["general.architecture"] != "llama" or "rope_freqs.weight" in file.names():
        raise ValueError("Only the architecture llama without RoPE scaling can be read.")
    sizes = {key.removeprefix("llama."): value for key, value in file.metadata.items() if key.startswith("llama.")}
    heads, width = sizes["attention.head_count"], sizes["embedding_length"]
    return LlamaConfig(
        vocab_size=file.tensor("token_embd.weight").shape[0],
        hidden_size=width,
        intermediate_size=sizes["feed_forward_length"],
        num_hidden_layers=sizes["block_count"],
        num_attention_heads=heads,
        num_key_value_heads=sizes.get("attention.head_count_kv", heads),
        head_dim=sizes.get("attention.key_length", width // heads),
        max_position_embeddings=sizes["context_length"],
        rms_norm_eps=sizes["attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": sizes.get("rope.freq_base", 10000.0)},
        tie_word_embeddings="output.weight" not in file.names(),
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )


def load_llama(path: str | Path, dtype: torch.dtype, device: torch.device) -> LlamaForCausalLM:
    """The model of a GGUF with its weights dequantised, then rounded to `dtype`."""
    file = GgufFile(path)
    config = llama_config(file)
    weights: dict[str, torch.Tensor] = {}
    for name in file.names():
        weight = file.tensor(name)
        if name.endswith("attn_q.weight"):
            weight = _halves_order(weight, config.num_attention_heads)
        elif name.endswith("attn_k.weight"):
            weight = _halves_order(weight, config.num_key_value_heads)
        weights[_name_in_transformers(name)] = weight
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model = LlamaForCausalLM._from_config(config, dtype=dtype, attn_implementation="sdpa")
    model.load_state_dict(weights)
    model.tie_weights()
    return model.to(device).eval()
