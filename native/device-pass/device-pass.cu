// The training pass' layers on a CUDA device: what is kept of the forward, and the order of the kernels. See
// device-pass.h.
//
// T is the weights' type and that of the forward's activations; gradients are bfloat16, for which each layer's weights
// are copied to bfloat16 when its backward comes. N tokens, d = n_embd, R = 2 or 8, the first that holds the adapter's
// rank.
#include "device-pass.h"

#include <initializer_list>

#include "workspace.cuh"

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
          shape_{m_.n_head, m_.n_head_kv, m_.head_dim, m_.rope_neox != 0}, products_(stream_.stream),
          work_(m_, shape_) {
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

    size_t bytes(int n_tokens, bool kept) const override { return work_.bytes(n_tokens, kept); }

    void
    forward(const tinylora_pass_batch & batch, const float * x, float * y, bool kept, size_t limit_bytes) override {
        work_.place(batch, kept, limit_bytes, stream_.stream);
        launch(
            stream_.stream, rope_table, blocks_for((long long)work_.n_tokens * m_.head_dim / 2, k_block), k_block, 0,
            work_.positions, m_.rope_factors, m_.head_dim / 2, m_.rope_base, m_.rope_scale, work_.n_tokens,
            work_.rope_angles
        );
        work_.states[0].x = x;
        normed_residual(x, nullptr, nullptr, work_.states[0].zc, o_module, layers_[0].attn_norm, nullptr, work_.normed);
        for (int l = 0; l < m_.n_layer; ++l) {
            const bool last = l + 1 == m_.n_layer;
            float * out = last ? y : work_.states[l + 1].x_own;
            layer_forward(l, out, last ? nullptr : layers_[l + 1].attn_norm);
            if (!last) {
                work_.states[l + 1].x = out;
            }
        }
        synchronize();
    }

    void backward(float * dy, double * core_gradients) override {
        launch(
            stream_.stream, convert<float, bf16>, blocks_for((long long)work_.n_tokens * m_.n_embd / 2, k_block),
            k_block, 0, dy, work_.dy_narrow, (long long)work_.n_tokens * m_.n_embd
        );
        for (int l = m_.n_layer - 1; l >= 0; --l) {
            layer_backward(l, dy);
            if (adapter_on_) {
                launch(
                    stream_.stream, core_gradient<R>, TINYLORA_PASS_MODULES, k_block, 0, work_.s, work_.states[l].z,
                    work_.n_tokens, work_.core_gradients + (size_t)l * TINYLORA_PASS_MODULES * R * R
                );
            }
        }
        std::vector<double> gradients(adapter_on_ ? (size_t)m_.n_layer * TINYLORA_PASS_MODULES * R * R : 0);
        check(
            cudaMemcpyAsync(
                gradients.data(), work_.core_gradients, gradients.size() * sizeof(double), cudaMemcpyDeviceToHost,
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

    // work_.normed holds the layer's normed input; leaves the next layer's there.
    void layer_forward(int l, float * out, const float * next_norm) {
        const tinylora_pass_layer & w = layers_[l];
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
            shape_, f, s.zc, work_.rope_angles
        );
        for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, attention_forward<T, D>, dim3(work_.n_tiles, m_.n_head), k_attention_block,
                sizeof(forward_shared<T, D>), s.qkv, work_.attention, work_.tiles, s.attended, s.log_sum
            );
        });

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
        const tinylora_pass_layer & w = layers_[l];
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

    // dy and work_.dy_narrow hold the gradient of the layer's output, and afterwards that of its input.
    void layer_backward(int l, float * dy) {
        const tinylora_pass_layer & w = layers_[l];
        layer_state<T> & s = work_.states[l];
        const int d = m_.n_embd, q_width = (int)work_.attended_width(), kv_width = m_.n_head_kv * m_.head_dim,
                  columns = shape_.columns();
        if (!s.keeps_gate_up) {
            normed_residual(s.h, nullptr, nullptr, s.zc, o_module, w.ffn_norm, nullptr, work_.normed);
            gate_and_up(l);
            launch(
                stream_.stream, swiglu<T, R>, swiglu_grid(), k_block, 0, s.gate_up, factor_b(l, gate_module),
                factor_b(l, up_module), s.zc, m_.n_ff, work_.n_tokens, nullptr
            );
        }

        project_all(
            work_.dy_narrow, d, {{narrow(l, down_module, factor_b(l, down_module), 0, d)}}, 1, true, work_.s, work_.sc
        );
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
        products_.backward(
            narrow_weights(l, {gate_module, up_module}), d_gate_up, work_.d_normed, work_.n_tokens, d, 2 * m_.n_ff
        );
        through_norm(
            {{narrow(l, gate_module, factor_a(l, gate_module), 0, d), narrow(l, up_module, factor_a(l, up_module), 0, d)
            }},
            2, s.h, w.ffn_norm, dy
        );

        project_all(
            work_.dy_narrow, d, {{narrow(l, o_module, factor_b(l, o_module), 0, d)}}, 1, true, work_.s, work_.sc
        );
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
    arena cores_;
    float * cores_device_ = nullptr;
    bool adapter_on_ = false;
    workspace<T, R> work_;
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
