// The head of the training pass: log-probs and entropy at the temperature, the loss of every token, and its gradient,
// chunked over the predicted tokens so that memory is bounded by vocabulary × chunk.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gradient-worker-state.h"
#include "grpo-loss.h"

namespace tinylora {

namespace {

// Logits of one chunk: 32 MiB of float32 stay near a CPU's cores; a GPU wants larger products, where its memory is large.
constexpr int64_t k_chunk_logits_cpu = (int64_t) 8 << 20, k_chunk_logits_gpu = (int64_t) 96 << 20;
// Of the limit for activations: one chunk's logits on a GPU, which are there about four times; and the head's weights that are
// transposed together, where no transposed copy is kept.
constexpr size_t k_part_share = 16;
constexpr int64_t k_least_transposed_rows = 64;

int chunk_rows(int n_vocab, bool gpu, size_t limit_bytes) {
    const int64_t on_gpu = std::min<int64_t>(k_chunk_logits_gpu, (int64_t) (limit_bytes / k_part_share / sizeof(float)));
    return (int) std::clamp<int64_t>((gpu ? on_gpu : k_chunk_logits_cpu) / n_vocab, 16, 2048);
}

int64_t transposed_rows(const model_hparams & h, size_t limit_bytes) {
    return std::clamp<int64_t>((int64_t) (limit_bytes / k_part_share / sizeof(float)) / h.n_embd, k_least_transposed_rows, h.n_vocab);
}

ggml_tensor * slice(ggml_context * ctx, ggml_tensor * t, int first, int count) {
    return ggml_n_dims(t) == 1 && t->type == GGML_TYPE_I32 ? ggml_view_1d(ctx, t, count, first * t->nb[0])
                                                           : ggml_view_2d(ctx, t, t->ne[0], count, t->nb[1], first * t->nb[1]);
}

struct token_outcome {
    double loss = 0, d_logprob = 0;
};

// Loss and derivative of one predicted token under the call's objective; writes what the caller asked to see.
token_outcome token_loss(const sequence_group & g, const pack_target & t, const pass_options & options, double logprob, group_result & out) {
    if (!options.grpo) {
        const bool weighted = t.suffix < 0 ? !g.prefix_weights.empty() : !g.suffix_weights.empty();
        if (!weighted) {
            return {};
        }
        const double weight = t.suffix < 0 ? g.prefix_weights[t.position] : g.suffix_weights[t.suffix][t.position];
        return {-weight * logprob, -weight};
    }
    if (t.suffix < 0) {
        return {};  // prompts are scored, never trained
    }
    const double old_logprob = g.old_logprobs.empty() ? logprob : g.old_logprobs[t.suffix][t.position];
    const double reference = g.reference_logprobs.empty() ? 0.0 : g.reference_logprobs[t.suffix][t.position];
    const grpo_token token = grpo_token_loss(options.objective, g.advantages[t.suffix], g.token_scales[t.suffix], logprob, old_logprob,
                                             g.rollout_logprobs[t.suffix][t.position], reference);
    out.importance_weights[t.suffix][t.position] = (float) token.importance_weight;
    out.ratios[t.suffix][t.position] = (float) token.ratio;
    out.k3[t.suffix][t.position] = (float) token.k3;
    out.clipped[t.suffix][t.position] = token.clipped ? 1 : 0;
    out.loss_gradients[t.suffix][t.position] = (float) token.d_logprob;
    return {token.loss, token.d_logprob};
}

}  // namespace

// Returns whether any token has a gradient; then s.gradient holds dL/d(last layer's output).
bool gradient_worker::head(pass_state & s, const std::vector<sequence_group> & groups, const pass_options & options,
                           std::vector<group_result> & results, micro_batch_result & result) {
    const model_hparams & h = model_.hparams();
    const int n_targets = (int) s.batch->targets.size(), chunk = chunk_rows(h.n_vocab, model_.options().gpu, activation_limit_bytes_);
    bool any_gradient = false;
    for (int first = 0; first < n_targets; first += chunk) {
        const int count = std::min(chunk, n_targets - first);
        ggml_context_ptr ctx_owner = make_graph_context(64);
        ggml_context * ctx = ctx_owner.get();
        ggml_cgraph * graph = ggml_new_graph_custom(ctx, 64, false);
        ggml_tensor * rows = ggml_get_rows(ctx, s.layer_inputs.back(), slice(ctx, s.target_rows, first, count));
        ggml_tensor * normed = ggml_mul(ctx, ggml_rms_norm(ctx, rows, h.rms_epsilon), weights_->output_norm);
        // Paper §2: logits are divided by the temperature wherever a log-prob is formed.
        ggml_tensor * logits = ggml_scale(ctx, weights_->product(ctx, weights_->output, normed), 1.0f / options.temperature);
        ggml_tensor * probs = ggml_soft_max(ctx, logits);
        ggml_tensor * peak = ggml_reshape_2d(ctx, ggml_argmax(ctx, logits), 1, count);
        auto pick = [&](ggml_tensor * t, ggml_tensor * index) {
            return ggml_get_rows(ctx, ggml_reshape_3d(ctx, t, 1, h.n_vocab, count), index);
        };
        ggml_tensor * token = ggml_reshape_2d(ctx, slice(ctx, s.target_tokens, first, count), 1, count);
        ggml_tensor * token_logit = pick(logits, token);
        ggml_tensor * peak_logit = pick(logits, peak);
        ggml_tensor * peak_prob = pick(probs, peak);
        ggml_tensor * mean_logit = ggml_sum_rows(ctx, ggml_mul(ctx, probs, logits));
        for (ggml_tensor * t : {rows, normed, probs, token_logit, peak_logit, peak_prob, mean_logit}) {
            ggml_set_output(t);
            ggml_build_forward_expand(graph, t);
        }
        compute(graph, head_allocator_.get());

        const auto v_token = download(token_logit), v_peak = download(peak_logit), v_prob = download(peak_prob), v_mean = download(mean_logit);
        std::vector<float> coefficients(count);
        for (int i = 0; i < count; ++i) {
            const pack_target & t = s.batch->targets[first + i];
            group_result & out = results[t.group];
            // log Σ exp through the most likely token, whose probability never underflows.
            const double log_sum = v_peak[i] - std::log((double) v_prob[i]);
            const double logprob = v_token[i] - log_sum, entropy = log_sum - v_mean[i];
            (t.suffix < 0 ? out.prefix_logprobs : out.suffix_logprobs[t.suffix])[t.position] = (float) logprob;
            (t.suffix < 0 ? out.prefix_entropy : out.suffix_entropy[t.suffix])[t.position] = (float) entropy;
            const token_outcome outcome = token_loss(groups[t.group], t, options, logprob, out);
            result.loss += outcome.loss;
            coefficients[i] = (float) (outcome.d_logprob / options.temperature);
            any_gradient = any_gradient || coefficients[i] != 0.0f;
        }
        if (options.backward) {
            head_backward(s, coefficients, first, count, rows, normed, probs);
        }
    }
    if (any_gradient && options.backward) {
        const size_t n_nodes = 2 * s.row_targets.size() + 8;
        ggml_context_ptr ctx = make_graph_context(n_nodes);
        ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), n_nodes, false);
        ggml_tensor * sum = nullptr;
        for (ggml_tensor * targets : s.row_targets) {
            ggml_tensor * gathered = ggml_get_rows(ctx.get(), s.target_gradient, targets);
            sum = sum != nullptr ? ggml_add(ctx.get(), sum, gathered) : gathered;
        }
        ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), sum, s.gradient));
        compute(graph, head_back_allocator_.get());
    }
    return any_gradient;
}

// outputᵀ · d_logits, {n_embd, count}. Without a transposed copy of the head, a part of the vocabulary at a time: all of a
// quantised head in float32 would take gigabytes.
ggml_tensor * gradient_worker::through_head(ggml_context * ctx, ggml_tensor * d_logits) const {
    if (weights_->output_t != nullptr) {
        return weights_->product(ctx, weights_->output_t, d_logits);
    }
    ggml_tensor * head = weights_->output;
    const int64_t n_vocab = head->ne[1], most = transposed_rows(model_.hparams(), activation_limit_bytes_);
    ggml_tensor * sum = nullptr;
    for (int64_t first = 0; first < n_vocab; first += most) {
        const int64_t count = std::min(most, n_vocab - first);
        ggml_tensor * rows = ggml_view_2d(ctx, head, head->ne[0], count, head->nb[1], first * head->nb[1]);
        ggml_tensor * part = ggml_cont(ctx, ggml_view_2d(ctx, d_logits, count, d_logits->ne[1], d_logits->nb[1], first * d_logits->nb[0]));
        ggml_tensor * product = weights_->product(ctx, weights_->transposed(ctx, rows), part);
        sum = sum != nullptr ? ggml_add(ctx, sum, product) : product;
    }
    return sum;
}

// d logp_y / d logits = onehot(y) − p; `coefficients` are dL/dlogp over the temperature.
void gradient_worker::head_backward(pass_state & s, const std::vector<float> & coefficients, int first, int count, ggml_tensor * rows,
                                    ggml_tensor * normed, ggml_tensor * probs) {
    const model_hparams & h = model_.hparams();
    ggml_backend_tensor_set(s.coefficients, coefficients.data(), first * sizeof(float), count * sizeof(float));
    const size_t n_nodes = 96 + 10 * (size_t) (h.n_vocab / transposed_rows(h, activation_limit_bytes_) + 1);
    ggml_context_ptr ctx_owner = make_graph_context(n_nodes);
    ggml_context * ctx = ctx_owner.get();
    ggml_cgraph * graph = ggml_new_graph_custom(ctx, n_nodes, false);
    ggml_tensor * rows_leaf = leaf_of(ctx, rows);
    ggml_tensor * normed_leaf = leaf_of(ctx, normed);
    ggml_tensor * c = slice(ctx, s.coefficients, first, count);  // {1, count}
    ggml_tensor * token = slice(ctx, s.target_tokens, first, count);

    ggml_tensor * weighted_probs = ggml_mul(ctx, leaf_of(ctx, probs), c);
    ggml_tensor * d_normed = ggml_sub(ctx, ggml_mul(ctx, ggml_get_rows(ctx, weights_->output, token), c), through_head(ctx, weighted_probs));
    ggml_tensor * d_rows = ggml_rms_norm_back(ctx, ggml_mul(ctx, d_normed, weights_->output_norm), rows_leaf, h.rms_epsilon);
    ggml_build_forward_expand(graph, ggml_cpy(ctx, d_rows, slice(ctx, s.target_gradient, first, count)));
    if (dense()) {
        const std::string name = h.tied_embeddings ? "token_embd.weight" : "output.weight";
        ggml_tensor * picked = ggml_get_rows_back(ctx, ggml_mul(ctx, normed_leaf, c), token, weights_->output);
        accumulate(ctx, graph, name, ggml_sub(ctx, picked, weights_->outer_sum(ctx, normed_leaf, weighted_probs)));
        ggml_tensor * unit = ggml_rms_norm(ctx, rows_leaf, h.rms_epsilon);
        accumulate(ctx, graph, "output_norm.weight", ggml_repeat_back(ctx, ggml_mul(ctx, d_normed, unit), weights_->output_norm));
    }
    compute(graph, head_back_allocator_.get());
}

}  // namespace tinylora
