// The sampling graph: a dozen passes over the logits in device memory, instead of copying them to the host.
#include "device-sampler.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tinylora/error.h"

namespace tinylora {

namespace {

constexpr size_t graph_nodes = 48;
constexpr float largest_uniform = 0.99999994f;  // the float before 1

// Entry index[i] of each column i of t {n, n_columns}; index I32 {1, n_columns} → F32 {1, 1, n_columns}.
ggml_tensor * pick(ggml_context * ctx, ggml_tensor * t, ggml_tensor * index) {
    return ggml_get_rows(ctx, ggml_reshape_3d(ctx, t, 1, t->ne[0], t->ne[1]), index);
}

// A leaf for memory that another graph owns.
ggml_tensor * alias(ggml_context * ctx, ggml_tensor * t) {
    ggml_tensor * leaf = ggml_new_tensor(ctx, t->type, GGML_MAX_DIMS, t->ne);
    std::copy_n(t->nb, GGML_MAX_DIMS, leaf->nb);
    leaf->data = t->data;
    leaf->buffer = t->view_src != nullptr ? t->view_src->buffer : t->buffer;
    return leaf;
}

} // namespace

bool device_sampler::graph_shape::operator==(const graph_shape & other) const {
    return std::tie(logits, n_rows, n_draws, temperature, picks_rows) ==
           std::tie(other.logits, other.n_rows, other.n_draws, other.temperature, other.picks_rows);
}

void device_sampler::build(ggml_tensor * logits, ggml_backend_t backend, const graph_shape & shape) {
    const int64_t n_vocab = logits->ne[0], n = shape.n_draws;
    context_.reset(ggml_init({graph_nodes * ggml_tensor_overhead() + ggml_graph_overhead_custom(graph_nodes, false), nullptr, /*.no_alloc =*/true}));
    ggml_context * ctx = context_.get();
    graph_ = ggml_new_graph_custom(ctx, graph_nodes, false);

    rows_ = uniforms_ = nullptr;
    ggml_tensor * x = alias(ctx, logits);
    if (shape.picks_rows) {
        rows_ = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n);
        ggml_set_input(rows_);
        x = ggml_get_rows(ctx, x, rows_);
    }
    const bool greedy = shape.temperature <= 0;
    if (!greedy && shape.temperature != 1.0f) {
        x = ggml_scale(ctx, x, 1.0f / shape.temperature);
    }
    ggml_tensor * probs = ggml_soft_max(ctx, x);
    ggml_tensor * peak = ggml_reshape_2d(ctx, ggml_argmax(ctx, x), 1, n);
    peak_logit_ = pick(ctx, x, peak);
    peak_prob_ = pick(ctx, probs, peak);
    token_ = peak;
    if (!greedy) {
        // The drawn token is the first whose distribution function exceeds the number: as many as do not lie before it.
        uniforms_ = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, 1, n);
        ggml_set_input(uniforms_);
        ggml_tensor * distribution = ggml_cumsum(ctx, probs);
        ggml_tensor * total = ggml_cont(ctx, ggml_view_2d(ctx, distribution, 1, n, distribution->nb[1], (n_vocab - 1) * distribution->nb[0]));
        ggml_tensor * beyond = ggml_step_inplace(ctx, ggml_sub_inplace(ctx, distribution, ggml_mul(ctx, total, uniforms_)));
        ggml_tensor * before = ggml_scale_bias(ctx, ggml_sum_rows(ctx, beyond), -1.0f, float(n_vocab));
        token_ = ggml_cast(ctx, before, GGML_TYPE_I32);
    }
    token_logit_ = greedy ? peak_logit_ : pick(ctx, x, token_);
    for (ggml_tensor * t : {token_, token_logit_, peak_logit_, peak_prob_}) {
        ggml_set_output(t);
        ggml_build_forward_expand(graph_, t);
    }
    allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend)));
    if (!ggml_gallocr_alloc_graph(allocator_.get(), graph_)) {
        throw error(error_code::out_of_memory, "Not enough memory to sample " + std::to_string(n) + " tokens from a vocabulary of " + std::to_string(n_vocab) +
                    ". Lower maxSequences, or free memory on the device.");
    }
    shape_ = shape;
    backend_ = backend;
}

const std::vector<device_sampler::draw> & device_sampler::sample(ggml_tensor * logits, ggml_backend_t backend, const std::vector<int32_t> & rows,
                                                                 const std::vector<double> & uniforms, float temperature) {
    const size_t n = uniforms.size();
    const graph_shape shape{logits->data, logits->ne[1], int64_t(n), temperature, !rows.empty()};
    if (backend != backend_ || !(shape == shape_)) {
        build(logits, backend, shape);
    }
    if (rows_ != nullptr) {
        ggml_backend_tensor_set(rows_, rows.data(), 0, n * sizeof(int32_t));
    }
    if (uniforms_ != nullptr) {
        std::vector<float> values(n);
        for (size_t i = 0; i < n; i++) {
            values[i] = std::min(float(uniforms[i]), largest_uniform);
        }
        ggml_backend_tensor_set(uniforms_, values.data(), 0, n * sizeof(float));
    }
    const ggml_status status = ggml_backend_graph_compute_async(backend, graph_);
    if (status != GGML_STATUS_SUCCESS) {
        fail_internal(std::string("The sampling graph failed: ") + ggml_status_to_string(status) + ".");
    }
    std::vector<int32_t> tokens(n);
    std::vector<float> token_logits(n), peak_logits(n), peak_probs(n);
    ggml_backend_tensor_get_async(backend, token_, tokens.data(), 0, n * sizeof(int32_t));
    ggml_backend_tensor_get_async(backend, token_logit_, token_logits.data(), 0, n * sizeof(float));
    ggml_backend_tensor_get_async(backend, peak_logit_, peak_logits.data(), 0, n * sizeof(float));
    ggml_backend_tensor_get_async(backend, peak_prob_, peak_probs.data(), 0, n * sizeof(float));
    ggml_backend_synchronize(backend);

    draws_.resize(n);
    for (size_t i = 0; i < n; i++) {
        // log Σ exp through the most likely token, whose probability never underflows.
        const double logprob = double(token_logits[i]) - peak_logits[i] + std::log(double(peak_probs[i]));
        if (!std::isfinite(logprob)) {
            fail_internal("The model returned logits that are not finite numbers.");
        }
        draws_[i] = {tokens[i], float(logprob)};
    }
    return draws_;
}

} // namespace tinylora
