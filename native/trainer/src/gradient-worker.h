// One worker of the training pass: computes micro-batches on a backend of its own and accumulates their gradients.
#pragma once

#include <memory>
#include <vector>

#include "device-pass.h"
#include "layer-graph.h"
#include "packing.h"
#include "tinylora/gradient.h"
#include "training-weights.h"

namespace tinylora {

// Sums of one micro-batch; added up by the caller in the order of the micro-batches, so that threads change nothing.
struct micro_batch_result {
    double loss = 0;
    std::vector<double> core_gradient;  // factored: [entry][rank, rank]
};

class gradient_worker {
public:
    gradient_worker(const model & m, ggml_backend_t backend, const trainer_options & options, progress & p);

    // Whether its activations fit into the limit, so that no layer is computed twice.
    bool keeps_activations(const micro_batch & b) const;
    // Whether the backward that computes every layer again fits into the limit.
    bool fits(const micro_batch & b) const;
    void set_weights(const training_weights * weights, const adapter * a);
    bool has_device_pass() const { return device_pass_ != nullptr; }
    void set_params(const float * params);
    micro_batch_result run(const micro_batch & b, const std::vector<sequence_group> & groups, const pass_options & options,
                           std::vector<group_result> & results);

    // LoRA and full fine-tuning accumulate on the device.
    void zero_accumulators();
    void add_accumulators(std::vector<double> & gradient) const;

private:
    struct pass_state;  // tensors of the micro-batch in hand

    size_t layer_state_bytes(const micro_batch & b) const;
    size_t score_count(const micro_batch & b) const;
    size_t layer_at_a_time_bytes(const micro_batch & b) const;
    void make_accumulators();
    std::vector<factor_gradients> factor_accumulators() const;
    void prepare_batch(pass_state & s, const micro_batch & b, bool keep_layers);
    void prepare_attention(pass_state & s, const micro_batch & b);
    void upload_embeddings(const std::vector<int32_t> & tokens, ggml_tensor * to);
    void repeat_masks(const std::vector<std::pair<ggml_tensor *, ggml_tensor *>> & masks);
    void forward_layers(pass_state & s);
    void forward_on_device(pass_state & s, bool kept);
    void backward_layers(pass_state & s, micro_batch_result & result);
    void backward_one_graph(pass_state & s, micro_batch_result & result, int first_layer, int last_layer);
    bool head(pass_state & s, const std::vector<sequence_group> & groups, const pass_options & options, std::vector<group_result> & results,
              micro_batch_result & result);
    ggml_tensor * through_head(ggml_context * ctx, ggml_tensor * d_logits) const;
    void head_backward(pass_state & s, const std::vector<float> & coefficients, int first, int count, ggml_tensor * rows, ggml_tensor * normed,
                       ggml_tensor * probs);
    void expand_gradients(ggml_context * ctx, ggml_cgraph * graph, int layer, const layer_gradients & g);
    void collect_core_gradients(int layer, const layer_state & s, const layer_gradients & g, micro_batch_result & result) const;
    void add_core_products(ggml_context * ctx, ggml_cgraph * graph, const layer_state & s, layer_gradients & g) const;
    void accumulate(ggml_context * ctx, ggml_cgraph * graph, const std::string & name, ggml_tensor * value);
    void compute(ggml_cgraph * graph, ggml_gallocr * allocator);
    bool factored() const { return adapter_ != nullptr && adapter_->form() == adapter_form::factored; }
    bool dense() const { return adapter_ != nullptr && adapter_->form() == adapter_form::dense; }
    bool low_rank() const { return adapter_ != nullptr && adapter_->form() == adapter_form::low_rank; }

    const model & model_;
    ggml_backend_t backend_;
    size_t activation_limit_bytes_;
    std::string kernel_library_;
    progress & progress_;
    const training_weights * weights_ = nullptr;
    const adapter * adapter_ = nullptr;
    std::unique_ptr<device_pass> device_pass_;  // nullptr: layers as ggml graphs
    ggml_gallocr_ptr forward_allocator_, backward_allocator_, head_allocator_, head_back_allocator_;
    ggml_backend_buffer_ptr embedding_staging_;
    ggml_context_ptr accumulator_ctx_;
    ggml_backend_buffer_ptr accumulator_buffer_;
    std::vector<ggml_tensor *> accumulators_;   // one a parameter run, in the adapter's order
    std::vector<double> embedding_gradient_;    // full fine-tuning: rows looked up on the host
};

}  // namespace tinylora
