// The training pass' layers: forward over a micro-batch, and backward to the adapter's cores.
//
// Gradients are bfloat16, for which each layer's weights are copied to bfloat16 when its backward comes.
#pragma once

#include "layer.cuh"

struct tinylora_pass {
    virtual ~tinylora_pass() = default;
    virtual void set_cores(const float * cores) = 0;
    virtual size_t bytes(int n_tokens, bool kept) const = 0;
    virtual void
    forward(const tinylora_pass_batch & batch, const float * x, float * y, bool kept, size_t limit_bytes) = 0;
    virtual void backward(float * dy, double * core_gradients) = 0;
    std::string message;
};

namespace tinylora_kernels {

template <typename T, int R> class training_pass final : public tinylora_pass, layer_runner<T, R> {
    using base = layer_runner<T, R>;
    using base::factor_a, base::factor_b, base::narrow, base::project_all, base::normed_residual, base::gate_and_up,
        base::swiglu_grid, base::for_head_dim, base::synchronize;
    using base::m_, base::layers_, base::stream_, base::products_, base::shape_, base::work_, base::adapter_on_;

public:
    explicit training_pass(const tinylora_kernel_model & model) : base(model) {}

    void set_cores(const float * cores) override { base::write_cores(cores, 1); }

    size_t bytes(int n_tokens, bool kept) const override { return work_.bytes(n_tokens, kept); }

    void
    forward(const tinylora_pass_batch & batch, const float * x, float * y, bool kept, size_t limit_bytes) override {
        work_.place(batch, kept, limit_bytes, stream_.stream);
        base::layers_forward(
            work_.positions, x, y, nullptr, [](int) { return cache_rows<T>(); },
            [&](layer_state<T> & s, const cache_rows<T> &) { base::attend_within(s); }
        );
        synchronize();
    }

    void backward(float * dy, double * core_gradients) override {
        launch(
            stream_.stream, convert<float, bf16>, blocks_for((long long)work_.n_tokens * m_.n_embd / 2, k_block),
            k_block, 0, dy, work_.dy_narrow, (long long)work_.n_tokens * m_.n_embd
        );
        for (int l = m_.n_layer - 1; l >= 0; --l) {
            base::bring(l);
            feed_forward_backward(l, dy);
            attention_backward(l, dy);
            if (adapter_on_) {
                launch(
                    stream_.stream, core_gradient<R>, TINYLORA_KERNEL_MODULES, k_block, 0, work_.s, work_.states[l].z,
                    work_.n_tokens, work_.core_gradients + (size_t)l * TINYLORA_KERNEL_MODULES * R * R
                );
            }
        }
        if (core_gradients == nullptr) {
            return synchronize();
        }
        std::vector<double> gradients(adapter_on_ ? (size_t)m_.n_layer * TINYLORA_KERNEL_MODULES * R * R : 0);
        check(
            cudaMemcpyAsync(
                gradients.data(), work_.core_gradients, gradients.size() * sizeof(double), cudaMemcpyDeviceToHost,
                stream_.stream
            ),
            "the gradient"
        );
        synchronize();
        for (int l = 0; l < m_.n_layer && adapter_on_; ++l) {
            for (int t = 0; t < TINYLORA_KERNEL_MODULES; ++t) {
                const int index = layers_[l].linear[t].adapter_index;
                for (int j = 0; j < m_.rank && layers_[l].linear[t].a != nullptr; ++j) {
                    for (int k = 0; k < m_.rank; ++k) {
                        core_gradients[((size_t)index * m_.rank + j) * m_.rank + k] +=
                            gradients[(((size_t)l * TINYLORA_KERNEL_MODULES + t) * R + j) * R + k];
                    }
                }
            }
        }
    }

private:
    // Weights of one layer, one after the other, as bfloat16.
    const bf16 * narrow_weights(int l, std::initializer_list<int> modules) {
        const size_t d = m_.n_embd, q_width = work_.attended_width(), kv_width = (size_t)m_.n_head_kv * m_.head_dim;
        const size_t counts[] = {q_width * d, kv_width * d, kv_width * d, q_width * d,
                                 m_.n_ff * d, m_.n_ff * d,  m_.n_ff * d};
        size_t at = 0;
        for (int module : modules) {
            launch(
                stream_.stream, convert<T, bf16>, blocks_for(counts[module] / 2, k_block), k_block, 0,
                (const T *)layers_[l].linear[module].w, work_.weights_narrow + at, (long long)counts[module]
            );
            at += counts[module];
        }
        return work_.weights_narrow;
    }

    void
    through_norm(const projection_list & adapters, int n_adapters, const float * h, const float * weight, float * dy) {
        launch(
            stream_.stream, norm_backward<R>, work_.n_tokens, k_block, 0, work_.d_normed, adapters, n_adapters,
            work_.sc, h, weight, m_.rms_epsilon, m_.n_embd, dy, work_.dy_narrow
        );
    }

    // Rows of a matrix whose columns of interest start at `column`.
    template <typename V> struct columns_of {
        const V * matrix;
        int row_length, column, count;
    };

    // LoRA (Paper eq. 1): adds dA = sᵀ x and dB = dyᵀ z of one module, whose s stands in work_.s.
    void add_factor_gradients(int l, int module, const columns_of<T> & x, const columns_of<bf16> & dy) {
        const tinylora_kernel_linear & w = layers_[l].linear[module];
        if (adapter_on_ && w.a_gradient != nullptr) {
            add_factor_gradient_of(x, work_.s, module, false, w.a_gradient);
            add_factor_gradient_of(dy, work_.states[l].z, module, true, w.b_gradient);
        }
    }

    template <typename V>
    void add_factor_gradient_of(
        const columns_of<V> & m, const float * narrow_rows, int slot, bool transposed, float * gradient
    ) {
        const int n_slices = blocks_for(work_.n_tokens, k_factor_rows);
        launch(
            stream_.stream, factor_gradient<V, R>, dim3(blocks_for(m.count / 2, k_block), n_slices), k_block, 0,
            m.matrix, m.row_length, m.column, m.count, narrow_rows, slot, work_.n_tokens, work_.factor_slices
        );
        launch(
            stream_.stream, add_factor_gradient<R>, dim3(blocks_for(m.count, k_block), m_.rank), k_block, 0,
            work_.factor_slices, n_slices, m.count, m_.rank, transposed, gradient
        );
    }

    // What the feed-forward's backward reads and the forward did not keep: gate and up; for LoRA its input in
    // work_.normed and down's in work_.activation.
    void feed_forward_again(int l) {
        const tinylora_kernel_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        T * activation = work_.trains_factors() ? work_.activation : nullptr;
        if (!s.keeps_gate_up || work_.trains_factors()) {
            normed_residual(s.h, nullptr, nullptr, s.zc, o_module, w.ffn_norm, nullptr, work_.normed);
        }
        if (!s.keeps_gate_up) {
            gate_and_up(l);
            launch(
                stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, factor_b(l, gate_module),
                factor_b(l, up_module), s.zc, m_.n_ff, work_.n_tokens, activation
            );
        } else if (activation != nullptr) {
            launch(
                stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, nullptr, nullptr, s.zc, m_.n_ff,
                work_.n_tokens, activation
            );
        }
    }

    // dy and work_.dy_narrow hold the gradient of the layer's output, and afterwards that of h.
    void feed_forward_backward(int l, float * dy) {
        const tinylora_kernel_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        const int d = m_.n_embd;
        feed_forward_again(l);

        project_all(
            work_.dy_narrow, d, {{narrow(l, down_module, factor_b(l, down_module), 0, d)}}, 1, true, work_.s, work_.sc
        );
        add_factor_gradients(l, down_module, {work_.activation, m_.n_ff, 0, m_.n_ff}, {work_.dy_narrow, d, 0, d});
        bf16 * d_activation = (bf16 *)work_.activation;
        products_.backward(narrow_weights(l, {down_module}), work_.dy_narrow, d_activation, work_.n_tokens, m_.n_ff, d);
        bf16 * d_gate_up = (bf16 *)s.gate_up; // element by element in its place
        launch(
            stream_.stream, swiglu_backward<T, R>, swiglu_grid(), k_block, 0, d_activation, s.gate_up,
            factor_a(l, down_module), work_.sc, m_.n_ff, work_.n_tokens, d_gate_up
        );
        project_all(
            d_gate_up, 2 * m_.n_ff,
            {{narrow(l, gate_module, factor_b(l, gate_module), 0, m_.n_ff),
              narrow(l, up_module, factor_b(l, up_module), m_.n_ff, m_.n_ff)}},
            2, true, work_.s, work_.sc
        );
        for (int module : {gate_module, up_module}) {
            const int column = module == gate_module ? 0 : m_.n_ff;
            add_factor_gradients(l, module, {work_.normed, d, 0, d}, {d_gate_up, 2 * m_.n_ff, column, m_.n_ff});
        }
        products_.backward(
            narrow_weights(l, {gate_module, up_module}), d_gate_up, work_.d_normed, work_.n_tokens, d, 2 * m_.n_ff
        );
        through_norm(
            {{narrow(l, gate_module, factor_a(l, gate_module), 0, d), narrow(l, up_module, factor_a(l, up_module), 0, d)
            }},
            2, s.h, w.ffn_norm, dy
        );
    }

    // dy and work_.dy_narrow hold the gradient of h, and afterwards that of the layer's input.
    void attention_backward(int l, float * dy) {
        const tinylora_kernel_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        const int d = m_.n_embd, q_width = (int)work_.attended_width(), kv_width = m_.n_head_kv * m_.head_dim,
                  columns = shape_.columns();
        project_all(
            work_.dy_narrow, d, {{narrow(l, o_module, factor_b(l, o_module), 0, d)}}, 1, true, work_.s, work_.sc
        );
        add_factor_gradients(l, o_module, {s.attended, q_width, 0, q_width}, {work_.dy_narrow, d, 0, d});
        products_.backward(
            narrow_weights(l, {o_module}), work_.dy_narrow, work_.d_attended, work_.n_tokens, q_width, d
        );
        launch(
            stream_.stream, attention_output_backward<T, R>,
            dim3(m_.n_head, blocks_for(work_.n_tokens, k_block / k_warp)), k_block, 0, work_.d_attended, s.attended,
            factor_a(l, o_module), work_.sc, m_.n_head, m_.head_dim, work_.n_tokens, work_.along
        );
        for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, attention_query_backward<T, D>, dim3(work_.n_tiles, m_.n_head), k_attention_block,
                sizeof(query_backward_shared<T, D>), s.qkv, work_.d_attended, s.log_sum, work_.along, work_.attention,
                work_.tiles, work_.d_qkv
            );
            launch(
                stream_.stream, attention_key_backward<T, D>, dim3(work_.n_tiles, m_.n_head_kv), k_attention_block,
                sizeof(key_backward_shared<T, D>), s.qkv, work_.d_attended, s.log_sum, work_.along, work_.attention,
                work_.tiles, work_.d_qkv
            );
        });
        launch(
            stream_.stream, rope_backward, dim3(work_.n_tokens, blocks_for((q_width + kv_width) / 2, k_block)), k_block,
            0, work_.d_qkv, shape_, work_.rope_angles
        );
        project_all(
            work_.d_qkv, columns,
            {{narrow(l, q_module, factor_b(l, q_module), 0, q_width),
              narrow(l, k_module, factor_b(l, k_module), q_width, kv_width),
              narrow(l, v_module, factor_b(l, v_module), q_width + kv_width, kv_width)}},
            3, true, work_.s, work_.sc
        );
        if (work_.trains_factors()) {
            normed_residual(s.x, nullptr, nullptr, s.zc, o_module, w.attn_norm, nullptr, work_.normed);
            const columns_of<T> x = {work_.normed, d, 0, d};
            add_factor_gradients(l, q_module, x, {work_.d_qkv, columns, 0, q_width});
            add_factor_gradients(l, k_module, x, {work_.d_qkv, columns, q_width, kv_width});
            add_factor_gradients(l, v_module, x, {work_.d_qkv, columns, q_width + kv_width, kv_width});
        }
        if (l == 0) {
            return; // nothing below the first layer is trained
        }
        products_.backward(
            narrow_weights(l, {q_module, k_module, v_module}), work_.d_qkv, work_.d_normed, work_.n_tokens, d, columns
        );
        through_norm(
            {{narrow(l, q_module, factor_a(l, q_module), 0, d), narrow(l, k_module, factor_a(l, k_module), 0, d),
              narrow(l, v_module, factor_a(l, v_module), 0, d)}},
            3, s.x, w.attn_norm, dy
        );
    }
};

} // namespace tinylora_kernels
