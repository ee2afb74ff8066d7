// Forward and backward of one layer. The backward mirrors the forward from its end; each pair stands together.
#include "layer-graph.h"

#include <cmath>

namespace tinylora {

namespace {

// Merges dims 1 and 2: {a, rows, K, B} → {a, rows·K, 1, B}, so that a group's prefix meets all its suffixes at once.
ggml_tensor * fold(ggml_context * ctx, ggml_tensor * t) { return ggml_reshape_4d(ctx, t, t->ne[0], t->ne[1] * t->ne[2], 1, t->ne[3]); }

// Two blocks of keys side by side. The batch dimensions are folded first: CUDA copies one fourth dimension after the other.
ggml_tensor * join_keys(ggml_context * ctx, ggml_tensor * prefix, ggml_tensor * own) {
    auto folded = [&](ggml_tensor * t) { return ggml_reshape_3d(ctx, t, t->ne[0], t->ne[1], t->ne[2] * t->ne[3]); };
    return ggml_reshape_4d(ctx, ggml_concat(ctx, folded(prefix), folded(own), 0), prefix->ne[0] + own->ne[0], own->ne[1], own->ne[2], own->ne[3]);
}

// Leading or trailing keys of scores, made contiguous.
ggml_tensor * take_keys(ggml_context * ctx, ggml_tensor * t, int64_t first, int64_t count) {
    return ggml_cont(ctx, ggml_view_4d(ctx, t, count, t->ne[1], t->ne[2], t->ne[3], t->nb[1], t->nb[2], t->nb[3], first * t->nb[0]));
}

}  // namespace

ggml_tensor * layer_graph::norm(ggml_tensor * x, ggml_tensor * weight) const {
    return ggml_mul(ctx_, ggml_rms_norm(ctx_, x, h_.rms_epsilon), weight);
}

// Paper eq. 3, un-merged: y = W x + bias + (U Σ R)(Vᵀ x).
ggml_tensor * layer_graph::linear(const linear_weights & w, ggml_tensor * x, ggml_tensor ** z) const {
    ggml_tensor * y = w_.product(ctx_, w.w, x);
    if (w.bias != nullptr) {
        y = ggml_add(ctx_, y, w.bias);
    }
    *z = nullptr;
    if (w.a != nullptr && options_.adapter_on) {
        *z = w_.product(ctx_, w.a, x);
        y = ggml_add(ctx_, y, w_.product(ctx_, w.b_core, *z));
    }
    return y;
}

// dx = Wᵀ dy + (R Vᵀ)ᵀ (U Σ)ᵀ dy; leaves s = (U Σ)ᵀ dy for the gradient of R.
ggml_tensor * layer_graph::linear_backward(const linear_weights & w, module_type type, ggml_tensor * x, ggml_tensor * dy, layer_gradients & g,
                                           bool want_dx) const {
    g.input[(int) type] = x;
    g.d_output[(int) type] = dy;
    ggml_tensor * s = nullptr;
    if (w.a != nullptr && options_.adapter_on) {
        s = w_.product(ctx_, w.b_t, dy);
        g.s[(int) type] = s;
    }
    if (!want_dx) {
        return nullptr;
    }
    ggml_tensor * dx = w_.product(ctx_, w.w_t != nullptr ? w.w_t : w_.transposed(ctx_, w.w), dy);
    return s != nullptr ? ggml_add(ctx_, dx, w_.product(ctx_, w.core_a_t, s)) : dx;
}

ggml_tensor * layer_graph::rope(ggml_tensor * x, bool back) const {
    const auto apply = back ? ggml_rope_ext_back : ggml_rope_ext;
    // Without YaRN the extrapolation and ramp arguments do nothing; 1 is the attention factor.
    return apply(ctx_, x, b_.positions, w_.rope_factors, h_.head_dim, h_.rope_type, h_.n_ctx_train, h_.rope_base, h_.rope_scale, 0.0f, 1.0f,
                 32.0f, 1.0f);
}

attention_block layer_graph::prompt_block(ggml_tensor * q, ggml_tensor * k, ggml_tensor * v, ggml_tensor ** out) const {
    const int64_t h = h_.head_dim, P = b_.batch->prefix_rows, B = (int64_t) h_.n_head_kv * b_.batch->n_groups;
    const int64_t rows = P * (h_.n_head / h_.n_head_kv);
    attention_block a;
    a.q = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, q, b_.prompt_q), h, rows, 1, B);
    a.k_own = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, k, b_.prompt_kv), h, P, 1, B);
    a.v_own = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, v, b_.prompt_kv), h, P, 1, B);
    ggml_tensor * scores = w_.product(ctx_, a.k_own, a.q);
    a.probs = ggml_soft_max_ext(ctx_, scores, b_.prompt_mask, h_.attention_scale, 0.0f);
    *out = w_.product(ctx_, transpose_contiguous(ctx_, a.v_own), a.probs);  // {h, rows, 1, B}
    return a;
}

attention_block layer_graph::completion_block(const attention_block & prompt, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
                                              ggml_tensor ** out) const {
    const int64_t h = h_.head_dim, L = b_.batch->suffix_rows, K = b_.batch->n_suffixes, P = b_.batch->prefix_rows;
    const int64_t B = (int64_t) h_.n_head_kv * b_.batch->n_groups, rows = L * (h_.n_head / h_.n_head_kv);
    attention_block a;
    a.q = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, q, b_.completion_q), h, rows, K, B);
    a.k_own = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, k, b_.completion_kv), h, L, K, B);
    a.v_own = ggml_reshape_4d(ctx_, ggml_get_rows(ctx_, v, b_.completion_kv), h, L, K, B);
    ggml_tensor * to_prefix = ggml_reshape_4d(ctx_, w_.product(ctx_, prompt.k_own, fold(ctx_, a.q)), P, rows, K, B);
    ggml_tensor * to_own = w_.product(ctx_, a.k_own, a.q);
    a.probs = ggml_soft_max_ext(ctx_, join_keys(ctx_, to_prefix, to_own), b_.completion_mask, h_.attention_scale, 0.0f);

    ggml_tensor * from_prefix = w_.product(ctx_, transpose_contiguous(ctx_, prompt.v_own), fold(ctx_, take_keys(ctx_, a.probs, 0, P)));
    ggml_tensor * from_own = w_.product(ctx_, transpose_contiguous(ctx_, a.v_own), take_keys(ctx_, a.probs, P, L));
    *out = ggml_add(ctx_, from_own, ggml_reshape_4d(ctx_, from_prefix, h, rows, K, B));
    return a;
}

// q {h, n_head, N}, k and v {h, n_head_kv, N} after RoPE → {n_head·h, N}.
ggml_tensor * layer_graph::attention(layer_state & s, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v) const {
    const int64_t h = h_.head_dim, N = b_.batch->n_tokens;
    ggml_tensor * q_rows = ggml_reshape_2d(ctx_, q, h, h_.n_head * N);
    ggml_tensor * k_rows = ggml_reshape_2d(ctx_, k, h, h_.n_head_kv * N);
    ggml_tensor * v_rows = ggml_reshape_2d(ctx_, v, h, h_.n_head_kv * N);
    ggml_tensor * out;
    s.prompt = prompt_block(q_rows, k_rows, v_rows, &out);
    ggml_tensor * rows = ggml_reshape_2d(ctx_, out, h, ggml_nelements(out) / h);
    s.completion = {};
    if (b_.completion_q != nullptr) {
        s.completion = completion_block(s.prompt, q_rows, k_rows, v_rows, &out);
        rows = ggml_concat(ctx_, rows, ggml_reshape_2d(ctx_, out, h, ggml_nelements(out) / h), 1);
    }
    return ggml_reshape_2d(ctx_, ggml_get_rows(ctx_, rows, b_.unpack_q), h * h_.n_head, N);
}

// d_rows {h, n_head·N}: gradient of attention's output. Gradients come back as {h, heads, N}.
void layer_graph::attention_backward(const layer_state & s, ggml_tensor * d_rows, ggml_tensor ** dq, ggml_tensor ** dk, ggml_tensor ** dv) const {
    const int64_t h = h_.head_dim, N = b_.batch->n_tokens;
    auto as_rows = [&](ggml_tensor * t) { return ggml_reshape_2d(ctx_, t, h, ggml_nelements(t) / h); };
    auto like = [&](ggml_tensor * rows, ggml_tensor * shape) {
        return ggml_reshape_4d(ctx_, rows, shape->ne[0], shape->ne[1], shape->ne[2], shape->ne[3]);
    };

    const attention_block & p = s.prompt;
    ggml_tensor * d_out = ggml_mul(ctx_, like(ggml_get_rows(ctx_, d_rows, b_.prompt_q), p.q), b_.prompt_valid);
    ggml_tensor * d_scores = ggml_soft_max_ext_back(ctx_, w_.product(ctx_, p.v_own, d_out), p.probs, h_.attention_scale, 0.0f);
    ggml_tensor * dv_prompt = w_.outer_sum(ctx_, d_out, p.probs);  // {h, P, 1, B}
    ggml_tensor * dk_prompt = w_.outer_sum(ctx_, p.q, d_scores);
    ggml_tensor * dq_rows = as_rows(w_.product(ctx_, transpose_contiguous(ctx_, p.k_own), d_scores));

    ggml_tensor *dk_rows, *dv_rows;
    if (b_.completion_q != nullptr) {
        const attention_block & c = s.completion;
        const int64_t P = b_.batch->prefix_rows, L = b_.batch->suffix_rows;
        ggml_tensor * dc = ggml_mul(ctx_, like(ggml_get_rows(ctx_, d_rows, b_.completion_q), c.q), b_.completion_valid);
        ggml_tensor * d_probs_own = w_.product(ctx_, c.v_own, dc);
        ggml_tensor * d_probs_prefix = w_.product(ctx_, p.v_own, fold(ctx_, dc));
        d_probs_prefix = ggml_reshape_4d(ctx_, d_probs_prefix, P, c.q->ne[1], c.q->ne[2], c.q->ne[3]);
        ggml_tensor * ds = ggml_soft_max_ext_back(ctx_, join_keys(ctx_, d_probs_prefix, d_probs_own), c.probs, h_.attention_scale, 0.0f);
        ggml_tensor * ds_prefix = fold(ctx_, take_keys(ctx_, ds, 0, P));
        ggml_tensor * ds_own = take_keys(ctx_, ds, P, L);

        dv_prompt = ggml_add(ctx_, dv_prompt, w_.outer_sum(ctx_, fold(ctx_, dc), fold(ctx_, take_keys(ctx_, c.probs, 0, P))));
        dk_prompt = ggml_add(ctx_, dk_prompt, w_.outer_sum(ctx_, fold(ctx_, c.q), ds_prefix));
        ggml_tensor * dv_own = w_.outer_sum(ctx_, dc, take_keys(ctx_, c.probs, P, L));
        ggml_tensor * dk_own = w_.outer_sum(ctx_, c.q, ds_own);
        ggml_tensor * dq_own = w_.product(ctx_, transpose_contiguous(ctx_, c.k_own), ds_own);
        ggml_tensor * dq_prefix = like(w_.product(ctx_, transpose_contiguous(ctx_, p.k_own), ds_prefix), c.q);
        dq_rows = ggml_concat(ctx_, dq_rows, as_rows(ggml_add(ctx_, dq_own, dq_prefix)), 1);
        dk_rows = ggml_concat(ctx_, as_rows(dk_prompt), as_rows(dk_own), 1);
        dv_rows = ggml_concat(ctx_, as_rows(dv_prompt), as_rows(dv_own), 1);
    } else {
        dk_rows = as_rows(dk_prompt);
        dv_rows = as_rows(dv_prompt);
    }
    *dq = ggml_reshape_3d(ctx_, ggml_get_rows(ctx_, dq_rows, b_.unpack_q), h, h_.n_head, N);
    *dk = ggml_reshape_3d(ctx_, ggml_get_rows(ctx_, dk_rows, b_.unpack_kv), h, h_.n_head_kv, N);
    *dv = ggml_reshape_3d(ctx_, ggml_get_rows(ctx_, dv_rows, b_.unpack_kv), h, h_.n_head_kv, N);
}

layer_state layer_graph::forward(int layer, ggml_tensor * x) const {
    const layer_weights & w = w_.layers[layer];
    const int64_t h = h_.head_dim, N = b_.batch->n_tokens;
    layer_state s{};
    s.x = x;
    s.n1 = norm(x, w.attn_norm);
    auto z = [&](module_type t) { return &s.z[(int) t]; };
    auto weights = [&](module_type t) -> const linear_weights & { return w.linear[(int) t]; };

    s.q_raw = ggml_reshape_3d(ctx_, linear(weights(module_type::attn_q), s.n1, z(module_type::attn_q)), h, h_.n_head, N);
    s.k_raw = ggml_reshape_3d(ctx_, linear(weights(module_type::attn_k), s.n1, z(module_type::attn_k)), h, h_.n_head_kv, N);
    ggml_tensor * v = ggml_reshape_3d(ctx_, linear(weights(module_type::attn_v), s.n1, z(module_type::attn_v)), h, h_.n_head_kv, N);
    ggml_tensor * q = w.q_norm != nullptr ? norm(s.q_raw, w.q_norm) : s.q_raw;
    ggml_tensor * k = w.k_norm != nullptr ? norm(s.k_raw, w.k_norm) : s.k_raw;
    s.attn_rows = attention(s, rope(q, false), rope(k, false), v);

    s.h = ggml_add(ctx_, x, linear(weights(module_type::attn_output), s.attn_rows, z(module_type::attn_output)));
    s.n2 = norm(s.h, w.ffn_norm);
    s.gate = linear(weights(module_type::ffn_gate), s.n2, z(module_type::ffn_gate));
    s.up = linear(weights(module_type::ffn_up), s.n2, z(module_type::ffn_up));
    s.activation = ggml_swiglu_split(ctx_, s.gate, s.up);
    s.y = ggml_add(ctx_, s.h, linear(weights(module_type::ffn_down), s.activation, z(module_type::ffn_down)));
    return s;
}

layer_gradients layer_graph::backward(int layer, const layer_state & s, ggml_tensor * dy) const {
    const layer_weights & w = w_.layers[layer];
    const int64_t h = h_.head_dim, N = b_.batch->n_tokens;
    layer_gradients g{};
    auto back = [&](module_type t, ggml_tensor * x, ggml_tensor * d, bool want_dx) {
        return linear_backward(w.linear[(int) t], t, x, d, g, want_dx);
    };
    // Gradient through y = rms_norm(x) · weight, and of the weight itself where it is trained.
    auto norm_back = [&](ggml_tensor * x, ggml_tensor * weight, ggml_tensor * d, ggml_tensor ** d_weight) {
        if (options_.want_norms) {
            *d_weight = ggml_repeat_back(ctx_, ggml_mul(ctx_, d, ggml_rms_norm(ctx_, x, h_.rms_epsilon)), weight);
        }
        return ggml_rms_norm_back(ctx_, ggml_mul(ctx_, d, weight), x, h_.rms_epsilon);
    };

    ggml_tensor * d_activation = back(module_type::ffn_down, s.activation, dy, true);
    ggml_tensor * d_gate = ggml_silu_back(ctx_, ggml_mul(ctx_, d_activation, s.up), s.gate);
    ggml_tensor * d_up = ggml_mul(ctx_, d_activation, ggml_silu(ctx_, s.gate));
    ggml_tensor * d_n2 = ggml_add(ctx_, back(module_type::ffn_gate, s.n2, d_gate, true), back(module_type::ffn_up, s.n2, d_up, true));
    ggml_tensor * d_h = ggml_add(ctx_, dy, norm_back(s.h, w.ffn_norm, d_n2, &g.d_ffn_norm));

    ggml_tensor * d_rows = back(module_type::attn_output, s.attn_rows, d_h, true);
    ggml_tensor *dq, *dk, *dv;
    attention_backward(s, ggml_reshape_2d(ctx_, d_rows, h, h_.n_head * N), &dq, &dk, &dv);
    dq = rope(dq, true);
    dk = rope(dk, true);
    if (w.q_norm != nullptr) {
        dq = norm_back(s.q_raw, w.q_norm, dq, &g.d_q_norm);
        dk = norm_back(s.k_raw, w.k_norm, dk, &g.d_k_norm);
    }
    const bool want_dx = options_.want_dx || options_.want_norms;
    ggml_tensor * d1 = back(module_type::attn_q, s.n1, ggml_reshape_2d(ctx_, dq, h * h_.n_head, N), want_dx);
    ggml_tensor * d2 = back(module_type::attn_k, s.n1, ggml_reshape_2d(ctx_, dk, h * h_.n_head_kv, N), want_dx);
    ggml_tensor * d3 = back(module_type::attn_v, s.n1, ggml_reshape_2d(ctx_, dv, h * h_.n_head_kv, N), want_dx);
    if (want_dx) {
        ggml_tensor * d_n1 = ggml_add(ctx_, ggml_add(ctx_, d1, d2), d3);
        g.dx = ggml_add(ctx_, d_h, norm_back(s.x, w.attn_norm, d_n1, &g.d_attn_norm));
    }
    return g;
}

}  // namespace tinylora
