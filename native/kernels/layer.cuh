// A layer's forward as the training pass and the decoder share it: the order of the kernels, the adapter's cores and
// the memory of one micro-batch. What attends is the user's.
//
// T is the weights' type and that of the forward's activations. N tokens, d = n_embd, R = 2 or 8, the first that holds
// the adapter's rank.
#pragma once

#include <initializer_list>

#include "workspace.cuh"

namespace tinylora_kernels {

enum { q_module, k_module, v_module, o_module, gate_module, up_module, down_module };

constexpr int k_least_rank = 2, k_padded_rank = 8;

struct stream_handle {
    cudaStream_t stream = nullptr;
    stream_handle() { check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream"); }
    ~stream_handle() { cudaStreamDestroy(stream); }
};

template <typename T, int R> class layer_runner {
protected:
    explicit layer_runner(const tinylora_kernel_model & model)
        : m_(model), layers_(model.layers, model.layers + model.n_layer),
          shape_{m_.n_head, m_.n_head_kv, m_.head_dim, m_.rope_neox != 0}, products_(stream_.stream),
          work_(m_, shape_) {
        m_.layers = layers_.data();
    }

    // cores: host, [n_lanes][n_adapted][rank, rank]; nullptr: the base model alone.
    void write_cores(const float * cores, int n_lanes) {
        adapter_on_ = cores != nullptr && m_.n_adapted > 0;
        if (!adapter_on_) {
            return;
        }
        const size_t n_cores = (size_t)n_lanes * m_.n_adapted;
        std::vector<float> padded(n_cores * R * R, 0.0f);
        for (size_t i = 0; i < n_cores; ++i) {
            for (int j = 0; j < m_.rank; ++j) {
                std::copy_n(cores + (i * m_.rank + j) * m_.rank, m_.rank, padded.data() + (i * R + j) * R);
            }
        }
        synchronize(); // work under way may read what was there
        cores_.reserve(arena::rounded<float>(padded.size()));
        cores_device_ = cores_.take<float>(padded.size());
        copy_to_device(cores_device_, padded, stream_.stream, "the cores");
        synchronize();
    }

    bool adapted(const tinylora_kernel_linear & w) const { return adapter_on_ && w.a != nullptr; }
    const float * factor_b(int l, int module) const {
        return adapted(layers_[l].linear[module]) ? layers_[l].linear[module].b_t : nullptr;
    }
    const float * factor_a(int l, int module) const {
        return adapted(layers_[l].linear[module]) ? layers_[l].linear[module].a : nullptr;
    }
    projection narrow(int l, int module, const float * factor, int column, int n_columns) const {
        return {
            factor, cores_device_ + (size_t)std::max(0, layers_[l].linear[module].adapter_index) * R * R, column,
            n_columns, module
        };
    }
    template <typename V>
    void project_all(
        const V * x, int row_length, projection_list list, int n_modules, bool transposed, float * raw, float * cored
    ) {
        list.lanes = lanes_;
        list.lane_length = m_.n_adapted * R * R;
        launch(
            stream_.stream, project<V, R>, dim3(blocks_for(work_.n_tokens, k_projected_tokens), n_modules), k_block, 0,
            x, row_length, list, work_.n_tokens, transposed, raw, cored
        );
    }

    void normed_residual(
        const float * x, const T * t, const float * b_t, const float * zc, int slot, const float * weight, float * h,
        T * normed
    ) {
        launch(
            stream_.stream, residual_norm<T, R>, work_.n_tokens, k_block, 0, x, t, b_t, zc, slot, weight,
            m_.rms_epsilon, m_.n_embd, h, normed
        );
    }

    // x [N, d] through all layers into y; also y normed by last_norm into work_.normed, unless that is nullptr.
    // cache(l): where layer l's keys and values go besides. attend(s, cache(l)): fills s.attended from s.qkv.
    template <typename Cache, typename Attend>
    void layers_forward(
        const int * positions, const float * x, float * y, const float * last_norm, Cache cache, Attend attend
    ) {
        launch(
            stream_.stream, rope_table, blocks_for((long long)work_.n_tokens * m_.head_dim / 2, k_block), k_block, 0,
            positions, m_.rope_factors, m_.head_dim / 2, m_.rope_base, m_.rope_scale, work_.n_tokens, work_.rope_angles
        );
        work_.states[0].x = x;
        normed_residual(x, nullptr, nullptr, work_.states[0].zc, o_module, layers_[0].attn_norm, nullptr, work_.normed);
        for (int l = 0; l < m_.n_layer; ++l) {
            bring(l);
            const bool last = l + 1 == m_.n_layer;
            float * out = last ? y : work_.states[l + 1].x_own;
            layer_forward(l, out, last ? last_norm : layers_[l + 1].attn_norm, cache(l), attend);
            if (!last) {
                work_.states[l + 1].x = out;
            }
        }
    }

    // The layer's weights where they do not lie there from the start.
    void bring(int l) {
        if (m_.bring_layer == nullptr) {
            return;
        }
        synchronize();
        if (m_.bring_layer(m_.user, l) == 0) {
            throw pass_error("a layer's weights could not be brought");
        }
    }

    // work_.normed holds the layer's normed input; leaves the next layer's there.
    template <typename Attend>
    void layer_forward(int l, float * out, const float * next_norm, const cache_rows<T> & cache, Attend attend) {
        const tinylora_kernel_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        const int d = m_.n_embd, q_width = (int)work_.attended_width(), kv_width = m_.n_head_kv * m_.head_dim,
                  columns = shape_.columns();

        project_all(
            work_.normed, d,
            {{narrow(l, q_module, factor_a(l, q_module), 0, d), narrow(l, k_module, factor_a(l, k_module), 0, d),
              narrow(l, v_module, factor_a(l, v_module), 0, d)}},
            3, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[q_module].w, work_.normed, s.qkv, work_.n_tokens, d, q_width, columns);
        products_.forward(
            (const T *)w.linear[k_module].w, work_.normed, s.qkv + q_width, work_.n_tokens, d, kv_width, columns
        );
        products_.forward(
            (const T *)w.linear[v_module].w, work_.normed, s.qkv + q_width + kv_width, work_.n_tokens, d, kv_width,
            columns
        );
        qkv_factors f{};
        for (int module : {q_module, k_module, v_module}) {
            f.bias[module] = w.linear[module].bias;
            f.b_t[module] = factor_b(l, module);
        }
        launch(
            stream_.stream, finish_qkv<T, R>, dim3(work_.n_tokens, blocks_for(columns / 2, k_block)), k_block, 0, s.qkv,
            shape_, f, s.zc, work_.rope_angles, cache
        );
        attend(s, cache);
        project_all(
            s.attended, q_width, {{narrow(l, o_module, factor_a(l, o_module), 0, q_width)}}, 1, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[o_module].w, s.attended, work_.product, work_.n_tokens, q_width, d, d);
        normed_residual(s.x, work_.product, factor_b(l, o_module), s.zc, o_module, w.ffn_norm, s.h, work_.normed);

        gate_and_up(l);
        launch(
            stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, factor_b(l, gate_module),
            factor_b(l, up_module), s.zc, m_.n_ff, work_.n_tokens, work_.activation
        );
        project_all(
            work_.activation, m_.n_ff, {{narrow(l, down_module, factor_a(l, down_module), 0, m_.n_ff)}}, 1, false, s.z,
            s.zc
        );
        products_.forward(
            (const T *)w.linear[down_module].w, work_.activation, work_.product, work_.n_tokens, m_.n_ff, d, d
        );
        normed_residual(
            s.h, work_.product, factor_b(l, down_module), s.zc, down_module, next_norm, out,
            next_norm != nullptr ? work_.normed : nullptr
        );
    }

    // From the normed h in work_.normed; without what the adapter adds.
    void gate_and_up(int l) {
        const tinylora_kernel_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        const int d = m_.n_embd;
        project_all(
            work_.normed, d,
            {{narrow(l, gate_module, factor_a(l, gate_module), 0, d), narrow(l, up_module, factor_a(l, up_module), 0, d)
            }},
            2, false, s.z, s.zc
        );
        products_.forward(
            (const T *)w.linear[gate_module].w, work_.normed, s.gate_up, work_.n_tokens, d, m_.n_ff, 2 * m_.n_ff
        );
        products_.forward(
            (const T *)w.linear[up_module].w, work_.normed, s.gate_up + m_.n_ff, work_.n_tokens, d, m_.n_ff, 2 * m_.n_ff
        );
    }

    dim3 swiglu_grid() const {
        return dim3(blocks_for(work_.n_tokens, k_swiglu_tokens), blocks_for(m_.n_ff / 2, k_block));
    }

    template <typename F> void for_head_dim(F f) {
        switch (m_.head_dim) {
        case 16:
            return f(std::integral_constant<int, 16>());
        case 32:
            return f(std::integral_constant<int, 32>());
        case 64:
            return f(std::integral_constant<int, 64>());
        case 128:
            return f(std::integral_constant<int, 128>());
        }
    }

    // Causal attention over the rows of the micro-batch itself.
    void attend_within(layer_state<T> & s) {
        for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, attention_forward<T, D>, dim3(work_.n_tiles, m_.n_head), k_attention_block,
                sizeof(forward_shared<T, D>), s.qkv, work_.attention, work_.tiles, s.attended, s.log_sum
            );
        });
    }

    void synchronize() { check(cudaStreamSynchronize(stream_.stream), "the work on the device"); }

    tinylora_kernel_model m_;
    std::vector<tinylora_kernel_layer> layers_;
    qkv_shape shape_;
    stream_handle stream_;
    products products_;
    arena cores_;
    float * cores_device_ = nullptr;
    const int * lanes_ = nullptr; // device [N]; nullptr: all rows are of the first lane
    bool adapter_on_ = false;
    workspace<T, R> work_;
};

} // namespace tinylora_kernels
