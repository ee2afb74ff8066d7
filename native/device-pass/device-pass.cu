// The training pass' layers on a CUDA device: what is kept of the forward, and the order of the kernels. See
// device-pass.h.
//
// T is the weights' type and that of the forward's activations; gradients are bfloat16, for which each layer's weights
// are copied to bfloat16 when its backward comes. N tokens, d = n_embd, R = 2 or 8, the first that holds the adapter's
// rank.
#include "device-pass.h"

#include <algorithm>
#include <memory>

#include "attention.cuh"
#include "launch.cuh"

using namespace tinylora_pass_kernels;

struct tinylora_pass {
    virtual ~tinylora_pass() = default;
    virtual void set_cores(const float * cores) = 0;
    virtual size_t bytes(int n_tokens, bool kept) const = 0;
    virtual void
    forward(const tinylora_pass_batch & batch, const float * x, float * y, bool kept, size_t limit_bytes) = 0;
    virtual void backward(float * dy, double * core_gradients) = 0;
    std::string message;
};

namespace {

enum { q_module, k_module, v_module, o_module, gate_module, up_module, down_module };

constexpr int k_least_rank = 2, k_padded_rank = 8;

struct stream_handle {
    cudaStream_t stream = nullptr;
    stream_handle() { check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream"); }
    ~stream_handle() { cudaStreamDestroy(stream); }
};

template <typename T, int R> class layers_pass final : public tinylora_pass {
public:
    explicit layers_pass(const tinylora_pass_model & model)
        : m_(model), layers_(model.layers, model.layers + model.n_layer),
          shape_{m_.n_head, m_.n_head_kv, m_.head_dim, m_.rope_neox != 0}, products_(stream_.stream) {
        m_.layers = layers_.data();
        cores_.reserve(arena::rounded<float>((size_t)std::max(1, m_.n_adapted) * R * R));
        cores_device_ = cores_.take<float>((size_t)std::max(1, m_.n_adapted) * R * R);
    }

    void set_cores(const float * cores) override {
        adapter_on_ = cores != nullptr;
        if (!adapter_on_) {
            return;
        }
        std::vector<float> padded((size_t)m_.n_adapted * R * R, 0.0f);
        for (int i = 0; i < m_.n_adapted; ++i) {
            for (int j = 0; j < m_.rank; ++j) {
                std::copy_n(
                    cores + ((size_t)i * m_.rank + j) * m_.rank, m_.rank, padded.data() + ((size_t)i * R + j) * R
                );
            }
        }
        check(
            cudaMemcpyAsync(
                cores_device_, padded.data(), padded.size() * sizeof(float), cudaMemcpyHostToDevice, stream_.stream
            ),
            "the cores"
        );
        synchronize();
    }

    size_t bytes(int n_tokens, bool kept) const override {
        return (size_t)(kept ? m_.n_layer : 1) * layer_bytes(n_tokens) + scratch_bytes(n_tokens, kept) +
               batch_bytes(n_tokens);
    }

    void
    forward(const tinylora_pass_batch & batch, const float * x, float * y, bool kept, size_t limit_bytes) override {
        N_ = batch.n_tokens;
        place(batch, kept, limit_bytes);
        launch(
            stream_.stream, rope_table, blocks_for((long long)N_ * m_.head_dim / 2, k_block), k_block, 0, positions_,
            m_.rope_factors, m_.head_dim / 2, m_.rope_base, m_.rope_scale, N_, table_
        );
        states_[0].x = x;
        normed_residual(x, nullptr, nullptr, states_[0].zc, o_module, layers_[0].attn_norm, nullptr, n_);
        for (int l = 0; l < m_.n_layer; ++l) {
            const bool last = l + 1 == m_.n_layer;
            float * out = last ? y : states_[l + 1].x_own;
            layer_forward(l, out, last ? nullptr : layers_[l + 1].attn_norm);
            if (!last) {
                states_[l + 1].x = out;
            }
        }
        synchronize();
    }

    void backward(float * dy, double * core_gradients) override {
        launch(
            stream_.stream, convert<float, bf16>, blocks_for((long long)N_ * m_.n_embd / 2, k_block), k_block, 0, dy,
            dy_narrow_, (long long)N_ * m_.n_embd
        );
        for (int l = m_.n_layer - 1; l >= 0; --l) {
            layer_backward(l, dy);
            if (adapter_on_) {
                launch(
                    stream_.stream, core_gradient<R>, TINYLORA_PASS_MODULES, k_block, 0, s_, states_[l].z, N_,
                    core_gradients_ + (size_t)l * TINYLORA_PASS_MODULES * R * R
                );
            }
        }
        std::vector<double> gradients(adapter_on_ ? (size_t)m_.n_layer * TINYLORA_PASS_MODULES * R * R : 0);
        check(
            cudaMemcpyAsync(
                gradients.data(), core_gradients_, gradients.size() * sizeof(double), cudaMemcpyDeviceToHost,
                stream_.stream
            ),
            "the gradient"
        );
        synchronize();
        for (int l = 0; l < m_.n_layer && adapter_on_; ++l) {
            for (int t = 0; t < TINYLORA_PASS_MODULES; ++t) {
                const int index = layers_[l].linear[t].adapter_index;
                for (int j = 0; j < m_.rank && layers_[l].linear[t].a != nullptr; ++j) {
                    for (int k = 0; k < m_.rank; ++k) {
                        core_gradients[((size_t)index * m_.rank + j) * m_.rank + k] +=
                            gradients[(((size_t)l * TINYLORA_PASS_MODULES + t) * R + j) * R + k];
                    }
                }
            }
        }
    }

private:
    // What a layer's backward reads of its forward.
    struct state {
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

    size_t attended_width() const { return (size_t)m_.n_head * m_.head_dim; }
    size_t weight_count() const {
        const size_t d = m_.n_embd;
        return d * std::max({(size_t)2 * m_.n_ff, (size_t)shape_.columns(), attended_width()});
    }
    size_t gate_up_bytes(int n) const { return arena::rounded<T>((size_t)n * 2 * m_.n_ff); }
    size_t layer_bytes(int n) const {
        const size_t N = n, d = m_.n_embd;
        return 2 * arena::rounded<float>(N * d) + arena::rounded<T>(N * shape_.columns()) +
               arena::rounded<T>(N * attended_width()) + arena::rounded<float>(N * m_.n_head) +
               2 * arena::rounded<float>(N * TINYLORA_PASS_MODULES * R);
    }
    size_t scratch_bytes(int n, bool kept) const {
        const size_t N = n, d = m_.n_embd;
        const size_t forward_bytes = 2 * arena::rounded<T>(N * d) + arena::rounded<T>(N * m_.n_ff) + gate_up_bytes(n);
        const size_t backward_bytes =
            2 * arena::rounded<bf16>(N * d) + arena::rounded<bf16>(N * attended_width()) +
            arena::rounded<bf16>(N * shape_.columns()) + arena::rounded<float>(N * m_.n_head) +
            2 * arena::rounded<float>(N * TINYLORA_PASS_MODULES * R) + arena::rounded<bf16>(weight_count()) +
            arena::rounded<double>((size_t)m_.n_layer * TINYLORA_PASS_MODULES * R * R);
        return forward_bytes + (kept ? backward_bytes : 0);
    }
    size_t batch_bytes(int n) const {
        const size_t N = n; // tiles: at most one a row
        return 4 * arena::rounded<int>(N) + arena::rounded<attention_tile>(N) +
               arena::rounded<float2>(N * m_.head_dim / 2);
    }

    void place(const tinylora_pass_batch & batch, bool kept, size_t limit_bytes) {
        const size_t N = N_, d = m_.n_embd;
        const int n_states = kept ? m_.n_layer : 1;
        const size_t least = bytes(N_, kept);
        const int n_full = kept && limit_bytes > least
                               ? (int)std::min<size_t>(m_.n_layer, (limit_bytes - least) / gate_up_bytes(N_))
                               : 0;
        memory_.reserve(least + n_full * gate_up_bytes(N_));
        n_ = memory_.take<T>(N * d);
        product_ = memory_.take<T>(N * d);
        activation_ = memory_.take<T>(N * m_.n_ff);
        gate_up_ = memory_.take<T>(N * 2 * m_.n_ff);
        if (kept) {
            dy_narrow_ = memory_.take<bf16>(N * d);
            d_normed_ = memory_.take<bf16>(N * d);
            d_attended_ = memory_.take<bf16>(N * attended_width());
            d_qkv_ = memory_.take<bf16>(N * shape_.columns());
            along_ = memory_.take<float>(N * m_.n_head);
            s_ = memory_.take<float>(N * TINYLORA_PASS_MODULES * R);
            sc_ = memory_.take<float>(N * TINYLORA_PASS_MODULES * R);
            weights_narrow_ = memory_.take<bf16>(weight_count());
            core_gradients_ = memory_.take<double>((size_t)m_.n_layer * TINYLORA_PASS_MODULES * R * R);
        }
        states_.assign(m_.n_layer, {});
        for (int l = 0; l < n_states; ++l) {
            state & s = states_[l];
            s.x_own = memory_.take<float>(N * d);
            s.h = memory_.take<float>(N * d);
            s.qkv = memory_.take<T>(N * shape_.columns());
            s.attended = memory_.take<T>(N * attended_width());
            s.log_sum = memory_.take<float>(N * m_.n_head);
            s.z = memory_.take<float>(N * TINYLORA_PASS_MODULES * R);
            s.zc = memory_.take<float>(N * TINYLORA_PASS_MODULES * R);
            s.keeps_gate_up = l < n_full;
            s.gate_up = s.keeps_gate_up ? memory_.take<T>(N * 2 * m_.n_ff) : gate_up_;
        }
        for (int l = n_states; l < m_.n_layer; ++l) {
            states_[l] = states_[0];
        }
        upload_batch(batch);
    }

    template <typename V> V * upload(const std::vector<V> & values, size_t room) {
        V * to = memory_.take<V>(room);
        check(
            cudaMemcpyAsync(to, values.data(), values.size() * sizeof(V), cudaMemcpyHostToDevice, stream_.stream),
            "the micro-batch"
        );
        return to;
    }

    void upload_batch(const tinylora_pass_batch & batch) {
        std::vector<attention_tile> tiles;
        std::vector<int> seen_from, seen_start;
        for (int e = 0; e < batch.n_entries; ++e) {
            const int start = batch.entry_start[e], rows = batch.entry_start[e + 1] - start,
                      entry_seen = (int)seen_from.size();
            const int32_t * own = batch.own_start + start;
            for (int first = 0; first < rows; first += k_other_tile) {
                seen_from.push_back(*std::min_element(own + first, own + std::min(rows, first + k_other_tile)));
            }
            for (int first = 0; first < rows; first += k_tile) {
                const int n_rows = std::min(k_tile, rows - first);
                tiles.push_back(
                    {start, rows, batch.prefix_rows[e], first, n_rows,
                     *std::min_element(own + first, own + first + n_rows)}
                );
                seen_start.push_back(entry_seen);
            }
        }
        n_tiles_ = (int)tiles.size();
        positions_ = upload(std::vector<int>(batch.positions, batch.positions + N_), N_);
        attention_ = {
            shape_,
            m_.attention_scale,
            N_,
            upload(std::vector<int>(batch.own_start, batch.own_start + N_), N_),
            upload(seen_from, N_),
            upload(seen_start, N_)
        };
        tiles_ = upload(tiles, N_);
        table_ = memory_.take<float2>((size_t)N_ * m_.head_dim / 2);
        synchronize(); // before the vectors go
    }

    bool adapted(const tinylora_pass_linear & w) const { return adapter_on_ && w.a != nullptr; }
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
        const V * x, int row_length, const projection_list & list, int n_modules, bool transposed, float * raw,
        float * cored
    ) {
        launch(
            stream_.stream, project<V, R>, dim3(blocks_for(N_, k_projected_tokens), n_modules), k_block, 0, x,
            row_length, list, N_, transposed, raw, cored
        );
    }

    void normed_residual(
        const float * x, const T * t, const float * b_t, const float * zc, int slot, const float * weight, float * h,
        T * normed
    ) {
        launch(
            stream_.stream, residual_norm<T, R>, N_, k_block, 0, x, t, b_t, zc, slot, weight, m_.rms_epsilon, m_.n_embd,
            h, normed
        );
    }

    // n_ holds the layer's normed input; leaves the next layer's there.
    void layer_forward(int l, float * out, const float * next_norm) {
        const tinylora_pass_layer & w = layers_[l];
        state & s = states_[l];
        const int d = m_.n_embd, q_width = (int)attended_width(), kv_width = m_.n_head_kv * m_.head_dim,
                  columns = shape_.columns();

        project_all(
            n_, d,
            {{narrow(l, q_module, factor_a(l, q_module), 0, d), narrow(l, k_module, factor_a(l, k_module), 0, d),
              narrow(l, v_module, factor_a(l, v_module), 0, d)}},
            3, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[q_module].w, n_, s.qkv, N_, d, q_width, columns);
        products_.forward((const T *)w.linear[k_module].w, n_, s.qkv + q_width, N_, d, kv_width, columns);
        products_.forward((const T *)w.linear[v_module].w, n_, s.qkv + q_width + kv_width, N_, d, kv_width, columns);
        qkv_factors f{};
        for (int module : {q_module, k_module, v_module}) {
            f.bias[module] = w.linear[module].bias;
            f.b_t[module] = factor_b(l, module);
        }
        launch(
            stream_.stream, finish_qkv<T, R>, dim3(blocks_for(columns / 2, k_block), N_), k_block, 0, s.qkv, shape_, f,
            s.zc, table_
        );
        for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, attention_forward<T, D>, dim3(n_tiles_, m_.n_head), k_attention_block,
                sizeof(forward_shared<T, D>), s.qkv, attention_, tiles_, s.attended, s.log_sum
            );
        });

        project_all(
            s.attended, q_width, {{narrow(l, o_module, factor_a(l, o_module), 0, q_width)}}, 1, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[o_module].w, s.attended, product_, N_, q_width, d, d);
        normed_residual(s.x, product_, factor_b(l, o_module), s.zc, o_module, w.ffn_norm, s.h, n_);

        gate_and_up(l);
        launch(
            stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, factor_b(l, gate_module),
            factor_b(l, up_module), s.zc, m_.n_ff, N_, activation_
        );
        project_all(
            activation_, m_.n_ff, {{narrow(l, down_module, factor_a(l, down_module), 0, m_.n_ff)}}, 1, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[down_module].w, activation_, product_, N_, m_.n_ff, d, d);
        normed_residual(
            s.h, product_, factor_b(l, down_module), s.zc, down_module, next_norm, out,
            next_norm != nullptr ? n_ : nullptr
        );
    }

    // From the normed h in n_; without what the adapter adds.
    void gate_and_up(int l) {
        const tinylora_pass_layer & w = layers_[l];
        state & s = states_[l];
        const int d = m_.n_embd;
        project_all(
            n_, d,
            {{narrow(l, gate_module, factor_a(l, gate_module), 0, d), narrow(l, up_module, factor_a(l, up_module), 0, d)
            }},
            2, false, s.z, s.zc
        );
        products_.forward((const T *)w.linear[gate_module].w, n_, s.gate_up, N_, d, m_.n_ff, 2 * m_.n_ff);
        products_.forward((const T *)w.linear[up_module].w, n_, s.gate_up + m_.n_ff, N_, d, m_.n_ff, 2 * m_.n_ff);
    }

    dim3 swiglu_grid() const { return dim3(blocks_for(m_.n_ff / 2, k_block), blocks_for(N_, k_swiglu_tokens)); }

    // Weights of one layer, one after the other, as bfloat16.
    const bf16 * narrow_weights(int l, std::initializer_list<int> modules) {
        const size_t d = m_.n_embd, q_width = attended_width(), kv_width = (size_t)m_.n_head_kv * m_.head_dim;
        const size_t counts[] = {q_width * d, kv_width * d, kv_width * d, q_width * d,
                                 m_.n_ff * d, m_.n_ff * d,  m_.n_ff * d};
        size_t at = 0;
        for (int module : modules) {
            launch(
                stream_.stream, convert<T, bf16>, blocks_for(counts[module] / 2, k_block), k_block, 0,
                (const T *)layers_[l].linear[module].w, weights_narrow_ + at, (long long)counts[module]
            );
            at += counts[module];
        }
        return weights_narrow_;
    }

    void
    through_norm(const projection_list & adapters, int n_adapters, const float * h, const float * weight, float * dy) {
        launch(
            stream_.stream, norm_backward<R>, N_, k_block, 0, d_normed_, adapters, n_adapters, sc_, h, weight,
            m_.rms_epsilon, m_.n_embd, dy, dy_narrow_
        );
    }

    // dy and dy_narrow_ hold the gradient of the layer's output, and afterwards that of its input.
    void layer_backward(int l, float * dy) {
        const tinylora_pass_layer & w = layers_[l];
        state & s = states_[l];
        const int d = m_.n_embd, q_width = (int)attended_width(), kv_width = m_.n_head_kv * m_.head_dim,
                  columns = shape_.columns();
        if (!s.keeps_gate_up) {
            normed_residual(s.h, nullptr, nullptr, s.zc, o_module, w.ffn_norm, nullptr, n_);
            gate_and_up(l);
            launch(
                stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, factor_b(l, gate_module),
                factor_b(l, up_module), s.zc, m_.n_ff, N_, nullptr
            );
        }

        project_all(dy_narrow_, d, {{narrow(l, down_module, factor_b(l, down_module), 0, d)}}, 1, true, s_, sc_);
        bf16 * d_activation = (bf16 *)activation_;
        products_.backward(narrow_weights(l, {down_module}), dy_narrow_, d_activation, N_, m_.n_ff, d);
        bf16 * d_gate_up = (bf16 *)s.gate_up; // element by element in its place
        launch(
            stream_.stream, swiglu_backward<T, R>, swiglu_grid(), k_block, 0, d_activation, s.gate_up,
            factor_a(l, down_module), sc_, m_.n_ff, N_, d_gate_up
        );
        project_all(
            d_gate_up, 2 * m_.n_ff,
            {{narrow(l, gate_module, factor_b(l, gate_module), 0, m_.n_ff),
              narrow(l, up_module, factor_b(l, up_module), m_.n_ff, m_.n_ff)}},
            2, true, s_, sc_
        );
        products_.backward(narrow_weights(l, {gate_module, up_module}), d_gate_up, d_normed_, N_, d, 2 * m_.n_ff);
        through_norm(
            {{narrow(l, gate_module, factor_a(l, gate_module), 0, d), narrow(l, up_module, factor_a(l, up_module), 0, d)
            }},
            2, s.h, w.ffn_norm, dy
        );

        project_all(dy_narrow_, d, {{narrow(l, o_module, factor_b(l, o_module), 0, d)}}, 1, true, s_, sc_);
        products_.backward(narrow_weights(l, {o_module}), dy_narrow_, d_attended_, N_, q_width, d);
        launch(
            stream_.stream, attention_output_backward<T, R>, dim3(m_.n_head, blocks_for(N_, k_block / k_warp)), k_block,
            0, d_attended_, s.attended, factor_a(l, o_module), sc_, m_.n_head, m_.head_dim, N_, along_
        );
        for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, attention_query_backward<T, D>, dim3(n_tiles_, m_.n_head), k_attention_block,
                sizeof(query_backward_shared<T, D>), s.qkv, d_attended_, s.log_sum, along_, attention_, tiles_, d_qkv_
            );
            launch(
                stream_.stream, attention_key_backward<T, D>, dim3(n_tiles_, m_.n_head_kv), k_attention_block,
                sizeof(key_backward_shared<T, D>), s.qkv, d_attended_, s.log_sum, along_, attention_, tiles_, d_qkv_
            );
        });
        launch(
            stream_.stream, rope_backward, dim3(blocks_for((q_width + kv_width) / 2, k_block), N_), k_block, 0, d_qkv_,
            shape_, table_
        );
        project_all(
            d_qkv_, columns,
            {{narrow(l, q_module, factor_b(l, q_module), 0, q_width),
              narrow(l, k_module, factor_b(l, k_module), q_width, kv_width),
              narrow(l, v_module, factor_b(l, v_module), q_width + kv_width, kv_width)}},
            3, true, s_, sc_
        );
        if (l == 0) {
            return; // nothing below the first layer is trained
        }
        products_.backward(narrow_weights(l, {q_module, k_module, v_module}), d_qkv_, d_normed_, N_, d, columns);
        through_norm(
            {{narrow(l, q_module, factor_a(l, q_module), 0, d), narrow(l, k_module, factor_a(l, k_module), 0, d),
              narrow(l, v_module, factor_a(l, v_module), 0, d)}},
            3, s.x, w.attn_norm, dy
        );
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

    void synchronize() { check(cudaStreamSynchronize(stream_.stream), "the training pass"); }

    tinylora_pass_model m_;
    std::vector<tinylora_pass_layer> layers_;
    qkv_shape shape_;
    stream_handle stream_;
    products products_;
    arena cores_, memory_;
    float * cores_device_ = nullptr;
    bool adapter_on_ = false;

    int N_ = 0, n_tiles_ = 0;
    std::vector<state> states_;
    attention_inputs attention_{};
    attention_tile * tiles_ = nullptr;
    int * positions_ = nullptr;
    float2 * table_ = nullptr;
    T *n_ = nullptr, *product_ = nullptr, *activation_ = nullptr, *gate_up_ = nullptr;
    bf16 *dy_narrow_ = nullptr, *d_normed_ = nullptr, *d_attended_ = nullptr, *d_qkv_ = nullptr,
         *weights_narrow_ = nullptr;
    float *along_ = nullptr, *s_ = nullptr, *sc_ = nullptr;
    double * core_gradients_ = nullptr;
};

template <typename T> tinylora_pass * create(const tinylora_pass_model & model) {
    if (model.rank <= k_least_rank) {
        return new layers_pass<T, k_least_rank>(model);
    }
    return new layers_pass<T, k_padded_rank>(model);
}

// Runs f; what it throws becomes the message.
template <typename F> const char * guarded(std::string & message, F f) {
    try {
        f();
        return nullptr;
    } catch (const std::exception & e) {
        message = e.what();
        return message.c_str();
    }
}

} // namespace

extern "C" {

int tinylora_pass_supports(const tinylora_pass_model * m) {
    const int dims[] = {16, 32, 64, 128};
    const bool known_dim = std::find(std::begin(dims), std::end(dims), m->head_dim) != std::end(dims);
    // cuBLAS' fast kernels want rows of 16 bytes.
    const bool aligned = m->n_embd % 8 == 0 && m->n_ff % 8 == 0;
    return known_dim && aligned && m->rank <= k_padded_rank && m->n_head % m->n_head_kv == 0;
}

tinylora_pass * tinylora_pass_create(const tinylora_pass_model * model, const char ** message) {
    static thread_local std::string failure;
    tinylora_pass * pass = nullptr;
    *message = guarded(failure, [&] {
        pass = model->weight_type == TINYLORA_PASS_F16 ? create<__half>(*model) : create<bf16>(*model);
    });
    return pass;
}

void tinylora_pass_destroy(tinylora_pass * pass) {
    delete pass;
}

const char * tinylora_pass_set_cores(tinylora_pass * pass, const float * cores) {
    return guarded(pass->message, [&] { pass->set_cores(cores); });
}

size_t tinylora_pass_bytes(const tinylora_pass * pass, int n_tokens, int kept) {
    return pass->bytes(n_tokens, kept != 0);
}

const char * tinylora_pass_forward(
    tinylora_pass * pass, const tinylora_pass_batch * batch, const float * x, float * y, int kept, size_t limit_bytes
) {
    return guarded(pass->message, [&] { pass->forward(*batch, x, y, kept != 0, limit_bytes); });
}

const char * tinylora_pass_backward(tinylora_pass * pass, float * dy, double * core_gradients) {
    return guarded(pass->message, [&] { pass->backward(dy, core_gradients); });
}
}
