// What gradient-worker.cpp and gradient-head.cpp share: the tensors of the micro-batch in hand.
#pragma once

#include <algorithm>

#include "gradient-worker.h"

namespace tinylora {

inline ggml_tensor * owner(ggml_tensor * t) { return t->view_src != nullptr ? t->view_src : t; }

// A leaf with the same memory: what one graph computed, another can read without computing it again.
inline ggml_tensor * leaf_of(ggml_context * ctx, ggml_tensor * t) {
    if (t == nullptr) {
        return nullptr;
    }
    ggml_tensor * leaf = ggml_new_tensor(ctx, t->type, GGML_MAX_DIMS, t->ne);
    std::copy_n(t->nb, GGML_MAX_DIMS, leaf->nb);
    leaf->buffer = owner(t)->buffer;
    leaf->data = t->data;
    return leaf;
}

inline std::vector<float> download(const ggml_tensor * t) {
    std::vector<float> values(ggml_nelements(t));
    ggml_backend_tensor_get(t, values.data(), 0, ggml_nbytes(t));
    return values;
}

struct gradient_worker::pass_state {
    const micro_batch * batch = nullptr;
    layer_options options{};
    batch_tensors inputs{};
    ggml_context_ptr ctx;
    ggml_backend_buffer_ptr buffer;
    ggml_context_ptr attention_ctx;
    ggml_backend_buffer_ptr attention_buffer;
    std::vector<ggml_tensor *> layer_inputs;  // x of each layer, and the last layer's output; only first and last when states are stored
    ggml_tensor * gradient = nullptr;         // {d, N}
    ggml_tensor *target_rows = nullptr, *target_tokens = nullptr, *coefficients = nullptr;
    ggml_tensor * target_gradient = nullptr;  // {d, T + 1}; the last row is 0
    std::vector<ggml_tensor *> row_targets;   // I32 [N]: targets_of_rows
    bool stored = false;
    ggml_context_ptr forward_ctx;             // keeps stored states' tensors alive
    std::vector<layer_state> states;
};

}  // namespace tinylora
