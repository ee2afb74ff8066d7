// The memory of one micro-batch: what a backward reads of its forward, scratch, and attention's tiles. See
// kernels.cu.
#pragma once

#include <algorithm>

#include "attention.cuh"
#include "kernels.h"
#include "launch.cuh"

namespace tinylora_kernels {

// What a layer's backward reads of its forward.
template <typename T> struct layer_state {
    const float * x = nullptr;         // [N, d] its input
    float * x_own = nullptr;           // where the input is written; layer 0 reads the caller's
    float * h = nullptr;               // [N, d] between attention and feed-forward
    T * qkv = nullptr;                 // [N, columns] after RoPE
    T * attended = nullptr;            // [N, n_head·head_dim]
    float * log_sum = nullptr;         // [n_head, N]
    float *z = nullptr, *zc = nullptr; // [N, 7, R]: a x, and core · a x
    T * gate_up = nullptr;             // [N, 2, n_ff]
    bool keeps_gate_up = false;
};

template <typename T, int R> class workspace {
public:
    workspace(const tinylora_kernel_model & model, const qkv_shape & shape) : m_(model), shape_(shape) {
        for (int l = 0; l < model.n_layer; ++l) {
            for (const tinylora_kernel_linear & w : model.layers[l].linear) {
                trains_factors_ = trains_factors_ || w.a_gradient != nullptr;
            }
        }
    }

    bool trains_factors() const { return trains_factors_; }
    size_t attended_width() const { return (size_t)m_.n_head * m_.head_dim; }

    // Bytes of a micro-batch with the least that a backward reads, or for a forward alone.
    size_t bytes(int n, bool kept) const {
        const size_t N = n; // tiles: at most one a row
        const size_t batch_bytes = 4 * arena::rounded<int>(N) + arena::rounded<attention_tile>(N) +
                                   arena::rounded<float2>(N * m_.head_dim / 2);
        return (size_t)(kept ? m_.n_layer : 1) * layer_bytes(N) + scratch_bytes(N, kept) + batch_bytes;
    }

    // Takes memory for the micro-batch and uploads it. Within limit_bytes layers keep gate_up, first ones first; the
    // others share one.
    void place(const tinylora_pass_batch & batch, bool kept, size_t limit_bytes, cudaStream_t stream) {
        n_tokens = batch.n_tokens;
        const size_t N = n_tokens, least = bytes(n_tokens, kept);
        const size_t n_full =
            kept && limit_bytes > least ? std::min<size_t>(m_.n_layer, (limit_bytes - least) / gate_up_bytes(N)) : 0;
        memory_.reserve(least + n_full * gate_up_bytes(N));
        place_layers(N, kept, n_full);
        upload_batch(batch, stream);
    }

    // Takes memory for a forward of n rows whose attention is the caller's.
    void place_rows(int n) {
        n_tokens = n;
        memory_.reserve(bytes(n, false));
        place_layers(n, false, 0);
    }

    int n_tokens = 0, n_tiles = 0;
    std::vector<layer_state<T>> states;
    attention_inputs attention{};
    attention_tile * tiles = nullptr;
    int * positions = nullptr;
    float2 * rope_angles = nullptr;                 // [N, head_dim / 2] cos, sin
    T *normed = nullptr, *product = nullptr;        // [N, d]
    T *activation = nullptr, *gate_up = nullptr;    // [N, n_ff], [N, 2, n_ff]
    bf16 *dy_narrow = nullptr, *d_normed = nullptr; // [N, d]
    bf16 *d_attended = nullptr, *d_qkv = nullptr;   // [N, n_head·head_dim], [N, columns]
    bf16 * weights_narrow = nullptr;                // a layer's weights that stand together in a product
    float * along = nullptr;                        // [n_head, N] Σ d_attended · attended
    float *s = nullptr, *sc = nullptr;              // [N, 7, R]: bᵀ dy, and coreᵀ · bᵀ dy
    double * core_gradients = nullptr;              // [n_layer, 7, R, R]
    float * factor_slices = nullptr;                // [N / 256, R, columns]; where factors are trained

private:
    size_t weight_count() const {
        return (size_t)m_.n_embd * std::max({(size_t)2 * m_.n_ff, (size_t)shape_.columns(), attended_width()});
    }
    size_t factor_slice_count(size_t N) const {
        const size_t widest = std::max({(size_t)m_.n_ff, (size_t)m_.n_embd, attended_width()});
        return trains_factors_ ? (N + k_factor_rows - 1) / k_factor_rows * R * widest : 0;
    }
    size_t gate_up_bytes(size_t N) const { return arena::rounded<T>(N * 2 * m_.n_ff); }
    size_t layer_bytes(size_t N) const {
        return 2 * arena::rounded<float>(N * m_.n_embd) + arena::rounded<T>(N * shape_.columns()) +
               arena::rounded<T>(N * attended_width()) + arena::rounded<float>(N * m_.n_head) +
               2 * arena::rounded<float>(N * TINYLORA_KERNEL_MODULES * R);
    }
    size_t scratch_bytes(size_t N, bool kept) const {
        const size_t forward_bytes =
            2 * arena::rounded<T>(N * m_.n_embd) + arena::rounded<T>(N * m_.n_ff) + gate_up_bytes(N);
        const size_t backward_bytes =
            2 * arena::rounded<bf16>(N * m_.n_embd) + arena::rounded<bf16>(N * attended_width()) +
            arena::rounded<bf16>(N * shape_.columns()) + arena::rounded<float>(N * m_.n_head) +
            2 * arena::rounded<float>(N * TINYLORA_KERNEL_MODULES * R) + arena::rounded<bf16>(weight_count()) +
            arena::rounded<double>((size_t)m_.n_layer * TINYLORA_KERNEL_MODULES * R * R) +
            arena::rounded<float>(factor_slice_count(N));
        return forward_bytes + (kept ? backward_bytes : 0);
    }

    void place_layers(size_t N, bool kept, size_t n_full) {
        place_scratch(N, kept);
        const int n_states = kept ? m_.n_layer : 1;
        states.assign(m_.n_layer, {});
        for (int l = 0; l < m_.n_layer; ++l) {
            if (l < n_states) {
                place_state(states[l], N, (size_t)l < n_full);
            } else {
                states[l] = states[0];
            }
        }
        rope_angles = memory_.take<float2>(N * m_.head_dim / 2);
    }

    void place_scratch(size_t N, bool kept) {
        normed = memory_.take<T>(N * m_.n_embd);
        product = memory_.take<T>(N * m_.n_embd);
        activation = memory_.take<T>(N * m_.n_ff);
        gate_up = memory_.take<T>(N * 2 * m_.n_ff);
        if (!kept) {
            return;
        }
        dy_narrow = memory_.take<bf16>(N * m_.n_embd);
        d_normed = memory_.take<bf16>(N * m_.n_embd);
        d_attended = memory_.take<bf16>(N * attended_width());
        d_qkv = memory_.take<bf16>(N * shape_.columns());
        along = memory_.take<float>(N * m_.n_head);
        s = memory_.take<float>(N * TINYLORA_KERNEL_MODULES * R);
        sc = memory_.take<float>(N * TINYLORA_KERNEL_MODULES * R);
        weights_narrow = memory_.take<bf16>(weight_count());
        core_gradients = memory_.take<double>((size_t)m_.n_layer * TINYLORA_KERNEL_MODULES * R * R);
        factor_slices = memory_.take<float>(factor_slice_count(N));
    }

    void place_state(layer_state<T> & state, size_t N, bool keeps_gate_up) {
        state.x_own = memory_.take<float>(N * m_.n_embd);
        state.h = memory_.take<float>(N * m_.n_embd);
        state.qkv = memory_.take<T>(N * shape_.columns());
        state.attended = memory_.take<T>(N * attended_width());
        state.log_sum = memory_.take<float>(N * m_.n_head);
        state.z = memory_.take<float>(N * TINYLORA_KERNEL_MODULES * R);
        state.zc = memory_.take<float>(N * TINYLORA_KERNEL_MODULES * R);
        state.keeps_gate_up = keeps_gate_up;
        state.gate_up = keeps_gate_up ? memory_.take<T>(N * 2 * m_.n_ff) : gate_up;
    }

    template <typename V> V * upload(const std::vector<V> & values, cudaStream_t stream) {
        V * to = memory_.take<V>(n_tokens);
        copy_to_device(to, values, stream, "the micro-batch");
        return to;
    }

    void upload_batch(const tinylora_pass_batch & batch, cudaStream_t stream) {
        std::vector<attention_tile> all_tiles;
        std::vector<int> seen_from, seen_start;
        for (int e = 0; e < batch.n_entries; ++e) {
            const int start = batch.entry_start[e], rows = batch.entry_start[e + 1] - start;
            const int entry_seen = (int)seen_from.size();
            const int32_t * own = batch.own_start + start;
            auto smallest = [&](int first, int last) { return *std::min_element(own + first, own + last); };
            for (int first = 0; first < rows; first += k_other_tile) {
                seen_from.push_back(smallest(first, std::min(rows, first + k_other_tile)));
            }
            for (int first = 0; first < rows; first += k_tile) {
                const int n_rows = std::min(k_tile, rows - first);
                all_tiles.push_back({start, rows, batch.prefix_rows[e], first, n_rows, smallest(first, first + n_rows)}
                );
                seen_start.push_back(entry_seen);
            }
        }
        const std::vector<int> all_positions(batch.positions, batch.positions + n_tokens);
        const std::vector<int> own_start(batch.own_start, batch.own_start + n_tokens);
        n_tiles = (int)all_tiles.size();
        positions = upload(all_positions, stream);
        attention = {shape_,
                     m_.attention_scale,
                     n_tokens,
                     upload(own_start, stream),
                     upload(seen_from, stream),
                     upload(seen_start, stream)};
        tiles = upload(all_tiles, stream);
        check(cudaStreamSynchronize(stream), "the micro-batch"); // before the vectors go
    }

    tinylora_kernel_model m_;
    qkv_shape shape_;
    arena memory_;
    bool trains_factors_ = false;
};

} // namespace tinylora_kernels
