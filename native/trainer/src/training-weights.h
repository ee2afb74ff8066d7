// The weights as the training graph reads them, or our own kernels: leaves in one backend's memory, with transposes for a
// graph's backward.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ggml-cpp.h"
#include "tinylora/adapter.h"
#include "tinylora/model.h"

namespace tinylora {

ggml_context_ptr make_graph_context(size_t n_tensors);
// Throws out_of_memory naming what it was for.
ggml_backend_buffer_ptr allocate_tensors(ggml_context * ctx, ggml_backend_t backend, const char * purpose);

// The transpose in memory of its own.
ggml_tensor * transpose_contiguous(ggml_context * ctx, ggml_tensor * t);

// ggml's blocked matrix kernels need a contraction length that is a multiple of 8; a shorter rank is padded with zeros.
constexpr int k_rank_multiple = 8;
inline int padded_rank(int rank) { return (rank + k_rank_multiple - 1) / k_rank_multiple * k_rank_multiple; }

// An adapted linear y = W x + bias + b · core · (a x). `rank` in the shapes is the padded rank.
struct linear_weights {
    ggml_tensor * w = nullptr;      // ne = {in, out}
    ggml_tensor * w_t = nullptr;    // F32 or BF16, ne = {out, in}; nullptr: transposed in the graph
    ggml_tensor * bias = nullptr;   // F32
    ggml_tensor * a = nullptr;      // F32, ne = {in, rank}; nullptr: not adapted
    ggml_tensor * b_core = nullptr; // ne = {rank, out}: b · core; graphs only
    ggml_tensor * b_t = nullptr;    // ne = {out, rank}: bᵀ
    ggml_tensor * core_a_t = nullptr;  // ne = {rank, in}: (core · a)ᵀ; graphs only
    int adapter_index = -1;         // entry of adapter::modules()
};

struct layer_weights {
    ggml_tensor *attn_norm, *ffn_norm, *q_norm, *k_norm;  // F32; q_norm and k_norm qwen3 only
    linear_weights linear[module_type_count];
};

// Who computes the layers: ggml graphs, which want transposes and the adapter's core folded into its factors, or the
// kernels of native/kernels, which want neither.
enum class layer_reader { graphs, kernels };

class training_weights {
public:
    // `fixed` false for full fine-tuning, whose weights change each step: their transposes are not kept.
    training_weights(const model & m, ggml_backend_t backend, bool exact, bool fixed, layer_reader reader);

    void set_adapter(const adapter * a);
    // Uploads what depends on θ: a and b of LoRA; for graphs b · core and (core · a)ᵀ.
    void set_params(const float * params);

    std::vector<layer_weights> layers;
    ggml_tensor * output_norm;
    ggml_tensor * output;    // ne = {n_embd, n_vocab}
    ggml_tensor * output_t;  // ne = {n_vocab, n_embd}, or nullptr
    ggml_tensor * rope_factors;  // or nullptr

    // a · b, as all products of a training graph are computed: a {n, rows, …}, b {n, columns, …} → {rows, columns, …}. True
    // float32 with exact numerics.
    ggml_tensor * product(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) const;
    // Weight gradient dW = Σ_n dy_n x_nᵀ: x {in, N}, dy {out, N} → {in, out}, the weight's own layout.
    ggml_tensor * outer_sum(ggml_context * ctx, ggml_tensor * x, ggml_tensor * dy) const;

    // wᵀ as graph nodes: F32; BF16 where a GPU trains 16-bit or quantised weights with native numerics (float16 would lose
    // small gradients).
    ggml_tensor * transposed(ggml_context * ctx, ggml_tensor * w) const;

    // Whether quantised weights stay as they are, and each layer's float16 copy is made when it is needed: for the kernels, on
    // a GPU whose memory does not hold all copies. Then linear[t].w is the same tensor in all layers; the head is float16.
    bool brings_layers() const { return !sources_.empty(); }
    // Fills them with the layer's weights.
    void bring_layer(int layer) const;

    // Rows of the token embedding as float32, [n_embd] each, written to `out` [n, n_embd] row-major.
    void embed(const int32_t * tokens, size_t n, float * out) const;

private:
    ggml_tensor * place(const std::string & name, bool as_f32);
    // A matrix of the forward: F32 for exact numerics, else as the model computes with it.
    ggml_tensor * place_matrix(const std::string & name);
    ggml_tensor * place_as(const std::string & name, ggml_type type);
    ggml_tensor * place_transposed(const std::string & name);
    void place_brought_layers(const std::string & head);
    bool brought_layers_fit(const std::vector<ggml_tensor *> & layer, const ggml_tensor * head) const;
    void copy_on_device(const std::vector<std::pair<ggml_tensor *, ggml_tensor *>> & to_from) const;
    bool narrow_transpose(const ggml_tensor * w) const;
    void fill_pending();
    void write_factors(const linear_weights & linear, const module_factors & f) const;
    void write_folded(const linear_weights & linear, const module_factors & f, const std::vector<float> & core) const;
    bool transposes_fit() const;
    ggml_tensor * dequantised(ggml_context * ctx, ggml_tensor * w) const;
    ggml_tensor * live_tensor(const std::string & name) const;
    void fill_transposed_on_device(ggml_tensor * leaf, const std::string & name);

    const model & model_;
    ggml_backend_t backend_;
    bool exact_, cache_transposes_;
    layer_reader reader_;
    ggml_tensor * row_numbers_ = nullptr;  // I32: 0, 1, …; GPU only
    const adapter * adapter_ = nullptr;
    bool factors_written_ = false;
    ggml_context_ptr ctx_;
    ggml_backend_buffer_ptr buffer_;
    struct pending_upload {
        ggml_tensor * leaf;
        std::string name;
        bool transposed;
    };
    std::vector<pending_upload> pending_;
    std::unordered_map<std::string, ggml_tensor *> placed_;
    std::vector<std::vector<ggml_tensor *>> sources_;  // [layer][module] as the model has them; empty: not brought
    ggml_gallocr_ptr copy_allocator_;
    ggml_context_ptr adapter_ctx_;
    ggml_backend_buffer_ptr adapter_buffer_;
};

}  // namespace tinylora
