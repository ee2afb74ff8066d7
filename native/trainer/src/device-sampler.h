// Draws tokens where the logits are: only the tokens and what their log-probs need come to the host (engine process).
#pragma once

#include <vector>

#include "ggml-backend.h"
#include "ggml-cpp.h"

namespace tinylora {

class device_sampler {
public:
    struct draw {
        int32_t token;
        float logprob;
    };

    // One token a draw from logits F32 ne = {n_vocab, n_rows} (row-major [n_rows, n_vocab]), by inverting the distribution
    // function at a uniform number in [0, 1). rows[i]: the logits of draw i; empty: draw i takes row i. temperature 0 = greedy,
    // with log-probs at temperature 1. The distribution function is summed in float32 there, so that probabilities are right to
    // about 1e-7; log-probs are exact to float32. Throws an internal error for logits that are not finite.
    const std::vector<draw> & sample(ggml_tensor * logits, ggml_backend_t backend, const std::vector<int32_t> & rows, const std::vector<double> & uniforms,
                                     float temperature);

private:
    // What a graph was built for; decoding steps repeat it.
    struct graph_shape {
        const void * logits = nullptr;
        int64_t n_rows = 0, n_draws = 0;
        float temperature = -1;
        bool picks_rows = false;
        bool operator==(const graph_shape & other) const;
    };
    void build(ggml_tensor * logits, ggml_backend_t backend, const graph_shape & shape);

    graph_shape shape_;
    ggml_backend_t backend_ = nullptr;
    ggml_context_ptr context_;
    ggml_gallocr_ptr allocator_;
    ggml_cgraph * graph_ = nullptr;
    ggml_tensor *rows_ = nullptr, *uniforms_ = nullptr;                                             // inputs
    ggml_tensor *token_ = nullptr, *token_logit_ = nullptr, *peak_logit_ = nullptr, *peak_prob_ = nullptr;  // outputs
    std::vector<draw> draws_;
};

} // namespace tinylora
