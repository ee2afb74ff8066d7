// One transformer layer as ggml nodes: the forward (llama, qwen2, qwen3) and its hand-written backward.
//
// Shapes in ggml's order (innermost first). d = n_embd, N = packed tokens, r = padded rank. See packing.h for attention's blocks.
#pragma once

#include <vector>

#include "packing.h"
#include "training-weights.h"

namespace tinylora {

// Inputs of a micro-batch, filled once and read by every layer.
struct batch_tensors {
    const micro_batch * batch;
    ggml_tensor * positions;  // I32 [N]
    ggml_tensor *prompt_q, *prompt_kv, *completion_q, *completion_kv;  // I32; completion_* nullptr without suffix rows
    ggml_tensor *prompt_mask, *completion_mask, *prompt_valid, *completion_valid;
    ggml_tensor *unpack_q, *unpack_kv;
};

struct attention_block {
    ggml_tensor *q, *k_own, *v_own, *probs;  // q {h, rows, K, B}; k, v {h, own rows, K, B}; probs {keys, rows, K, B}
};

// What the backward needs of the forward. All contiguous F32.
struct layer_state {
    ggml_tensor *x, *n1, *q_raw, *k_raw, *attn_rows, *h, *n2, *gate, *up, *activation;
    attention_block prompt, completion;
    ggml_tensor * z[module_type_count];  // a x of each adapted module, {r, N}; nullptr where not adapted
    ggml_tensor * y;
};

// Gradients of one layer's adapted modules or weights, as nodes.
struct layer_gradients {
    ggml_tensor * dx;                     // {d, N}; nullptr when not asked for
    ggml_tensor * s[module_type_count];   // bᵀ dy, {r, N}
    ggml_tensor * core[module_type_count];  // GPU: dL/dR of a factored adapter's modules, row-major [rank, rank]
    // Inputs and output gradients of the linears, for LoRA and full fine-tuning:
    ggml_tensor * input[module_type_count];      // {in, N}
    ggml_tensor * d_output[module_type_count];   // {out, N}
    ggml_tensor *d_attn_norm, *d_ffn_norm, *d_q_norm, *d_k_norm;  // full fine-tuning only
};

struct layer_options {
    bool adapter_on;
    bool want_dx;
    bool want_norms;  // full fine-tuning
};

class layer_graph {
public:
    layer_graph(ggml_context * ctx, const model_hparams & h, const training_weights & w, const batch_tensors & b, layer_options options)
        : ctx_(ctx), h_(h), w_(w), b_(b), options_(options) {}

    layer_state forward(int layer, ggml_tensor * x) const;
    layer_gradients backward(int layer, const layer_state & s, ggml_tensor * dy) const;

private:
    ggml_tensor * linear(const linear_weights & w, ggml_tensor * x, ggml_tensor ** z) const;
    ggml_tensor * linear_backward(const linear_weights & w, module_type type, ggml_tensor * x, ggml_tensor * dy, layer_gradients & g,
                                  bool want_dx) const;
    ggml_tensor * rope(ggml_tensor * x, bool back) const;
    ggml_tensor * norm(ggml_tensor * x, ggml_tensor * weight) const;
    ggml_tensor * attention(layer_state & s, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v) const;
    void attention_backward(const layer_state & s, ggml_tensor * d_rows, ggml_tensor ** dq, ggml_tensor ** dk, ggml_tensor ** dv) const;
    attention_block prompt_block(ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, ggml_tensor ** out) const;
    attention_block completion_block(const attention_block & prompt, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, ggml_tensor ** out) const;

    ggml_context * ctx_;
    const model_hparams & h_;
    const training_weights & w_;
    const batch_tensors & b_;
    layer_options options_;
};

}  // namespace tinylora
