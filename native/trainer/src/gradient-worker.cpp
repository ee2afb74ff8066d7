// The pass over one micro-batch: layers forward, head and loss, layers backward.
//
// Layers are computed by the kernels of native/kernels where those are there, else as ggml graphs:
// Small micro-batches keep what the backward needs of every layer (two graphs in all). Larger ones keep layer inputs only
// and compute each layer again in its backward, which bounds memory by one layer's activations.
#include "gradient-worker-state.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "parallel.h"
#include "kernel-library.h"
#include "tinylora/error.h"

namespace tinylora {

namespace {

constexpr size_t k_nodes_per_layer = 320;

void keep(ggml_tensor * t) {
    if (t != nullptr) {
        ggml_set_output(owner(t));
    }
}

template <typename F> void for_each_tensor(layer_state & s, F f) {
    for (ggml_tensor ** t : {&s.x, &s.n1, &s.q_raw, &s.k_raw, &s.attn_rows, &s.h, &s.n2, &s.gate, &s.up, &s.activation, &s.prompt.q,
                             &s.prompt.k_own, &s.prompt.v_own, &s.prompt.probs, &s.completion.q, &s.completion.k_own, &s.completion.v_own,
                             &s.completion.probs, &s.y}) {
        *t = f(*t);
    }
    for (ggml_tensor *& t : s.z) {
        t = f(t);
    }
}

// The leading `rank` rows of {padded rank, N}.
ggml_tensor * unpadded(ggml_context * ctx, ggml_tensor * t, int rank) {
    return t->ne[0] == rank ? t : ggml_cont(ctx, ggml_view_2d(ctx, t, rank, t->ne[1], t->nb[1], 0));
}

}  // namespace

gradient_worker::gradient_worker(const model & m, ggml_backend_t backend, const trainer_options & options, progress & p)
    : model_(m), backend_(backend), activation_limit_bytes_(options.activation_limit_bytes), kernel_library_(options.kernel_library), progress_(p) {
    ggml_backend_buffer_type_t type = ggml_backend_get_default_buffer_type(backend);
    for (ggml_gallocr_ptr * allocator : {&forward_allocator_, &backward_allocator_, &head_allocator_, &head_back_allocator_}) {
        allocator->reset(ggml_gallocr_new(type));
    }
}

void gradient_worker::set_weights(const training_weights * weights, const adapter * a) {
    weights_ = weights;
    adapter_ = a;
    device_pass_.reset();
    make_accumulators();
    device_pass_ = device_pass::create(kernel_library_, model_, *weights, a, low_rank() ? factor_accumulators() : std::vector<factor_gradients>());
}

void gradient_worker::make_accumulators() {
    accumulators_.clear();
    accumulator_buffer_.reset();
    accumulator_ctx_.reset();
    embedding_gradient_.clear();
    if (!dense() && !low_rank()) {
        return;
    }
    const auto runs = adapter_->parameter_runs();
    accumulator_ctx_ = make_graph_context(runs.size() + 8);
    for (const auto & run : runs) {
        int64_t rows = 1;
        for (size_t d = 0; d + 1 < run.shape.size(); ++d) {
            rows *= run.shape[d];
        }
        accumulators_.push_back(ggml_new_tensor_2d(accumulator_ctx_.get(), GGML_TYPE_F32, run.shape.back(), rows));
        ggml_set_name(accumulators_.back(), run.name.c_str());
    }
    accumulator_buffer_ = allocate_tensors(accumulator_ctx_.get(), backend_, "the gradient");
    zero_accumulators();
}

std::vector<factor_gradients> gradient_worker::factor_accumulators() const {
    const auto data_of = [&](const std::string & name) {
        const auto found = std::find_if(accumulators_.begin(), accumulators_.end(), [&](const ggml_tensor * t) { return name == t->name; });
        return (float *) (*found)->data;
    };
    std::vector<factor_gradients> out;
    for (const module_factors & f : adapter_->modules()) {
        const std::string & name = model_.modules()[f.module].name;
        out.push_back({data_of(name + ".lora_A"), data_of(name + ".lora_B")});
    }
    return out;
}

void gradient_worker::set_params(const float * params) {
    if (device_pass_) {
        device_pass_->set_params(params);
    }
}

void gradient_worker::zero_accumulators() {
    if (accumulator_buffer_) {
        ggml_backend_buffer_clear(accumulator_buffer_.get(), 0);
    }
    if (dense()) {
        embedding_gradient_.assign(ggml_nelements(model_.tensor("token_embd.weight")), 0.0);
    }
}

void gradient_worker::add_accumulators(std::vector<double> & gradient) const {
    if (accumulators_.empty()) {
        return;
    }
    const auto runs = adapter_->parameter_runs();
    const double scale = low_rank() ? adapter_->scale() : 1.0;
    for (size_t i = 0; i < runs.size(); ++i) {
        const std::vector<float> values = download(accumulators_[i]);
        const bool embedding = dense() && runs[i].name == "token_embd.weight";
        double * total = gradient.data() + runs[i].offset;
        for_ranges(values.size(), [&](size_t, size_t first, size_t last) {
            for (size_t k = first; k < last; ++k) {
                total[k] += scale * values[k];
                if (embedding) {
                    total[k] += embedding_gradient_[k];
                }
            }
        });
    }
}

void gradient_worker::compute(ggml_cgraph * graph, ggml_gallocr * allocator) {
    progress_.check();
    if (!ggml_gallocr_alloc_graph(allocator, graph)) {
        throw error(error_code::out_of_memory, "Not enough memory for the training pass. Use a smaller micro-batch, or free memory.");
    }
    const ggml_status status = ggml_backend_graph_compute(backend_, graph);
    progress_.check();
    if (status != GGML_STATUS_SUCCESS) {
        fail_internal(std::string("The training graph failed: ") + ggml_status_to_string(status) + ".");
    }
}

bool gradient_worker::fits(const micro_batch & b) const {
    const size_t needed = device_pass_ ? device_pass_->least_bytes(b.n_tokens) : layer_at_a_time_bytes(b);
    return needed <= activation_limit_bytes_;
}

bool gradient_worker::keeps_activations(const micro_batch & b) const {
    if (device_pass_) {
        return device_pass_->most_bytes(b.n_tokens) <= activation_limit_bytes_;
    }
    return model_.hparams().n_layer * layer_state_bytes(b) <= activation_limit_bytes_;
}

// What the forward of one layer leaves for its backward.
size_t gradient_worker::layer_state_bytes(const micro_batch & b) const {
    const model_hparams & h = model_.hparams();
    const size_t head_rows = (size_t) h.n_head * h.head_dim, kv_rows = (size_t) h.n_head_kv * h.head_dim;
    const size_t linear = (size_t) b.n_tokens * (5 * (size_t) h.n_embd + 2 * head_rows + kv_rows + 3 * (size_t) h.n_ff);
    const size_t padded = (size_t) b.n_groups * (b.prefix_rows + (size_t) b.n_suffixes * b.suffix_rows);
    return sizeof(float) * (linear + padded * (head_rows + 2 * kv_rows) + score_count(b));
}

// Attention's scores of every head, in padded blocks.
size_t gradient_worker::score_count(const micro_batch & b) const {
    const size_t P = b.prefix_rows, L = b.suffix_rows, G = b.n_groups, K = b.n_suffixes;
    return (size_t) model_.hparams().n_head * G * (P * P + K * L * (P + L));
}

// Every layer's input, and of one layer its state with what its backward holds beside it: four gradients of the feed-forward's
// width, three of the model's, three copies of the scores, and a product's inputs in the type it computes in. An estimate; a
// graph's exact size is known once its tensors are there.
size_t gradient_worker::layer_at_a_time_bytes(const micro_batch & b) const {
    const model_hparams & h = model_.hparams();
    const size_t N = (size_t) b.n_tokens, d = (size_t) h.n_embd, ff = (size_t) h.n_ff;
    const size_t inputs = sizeof(float) * N * d * ((size_t) h.n_layer + 2);
    const size_t gradients = sizeof(float) * (N * (4 * ff + 3 * d) + 3 * score_count(b));
    const size_t product_inputs = 6 * N * ff;
    return inputs + layer_state_bytes(b) + gradients + product_inputs;
}

void gradient_worker::forward_on_device(pass_state & s, bool kept) {
    progress_.check();
    ggml_backend_synchronize(backend_);
    device_pass_->forward(*s.batch, s.layer_inputs[0], s.layer_inputs[1], s.options.adapter_on, kept, activation_limit_bytes_);
    progress_.check();
}

void gradient_worker::forward_layers(pass_state & s) {
    const int n_layer = model_.hparams().n_layer;
    if (s.stored) {
        s.forward_ctx = make_graph_context(k_nodes_per_layer * n_layer + 64);
        ggml_context * ctx = s.forward_ctx.get();
        ggml_cgraph * graph = ggml_new_graph_custom(ctx, k_nodes_per_layer * n_layer, false);
        const layer_graph layers(ctx, model_.hparams(), *weights_, s.inputs, s.options);
        ggml_tensor * x = s.layer_inputs[0];
        for (int l = 0; l < n_layer; ++l) {
            layer_state state = layers.forward(l, x);
            for_each_tensor(state, [](ggml_tensor * t) { keep(t); return t; });
            x = state.y;
            s.states.push_back(state);
        }
        ggml_build_forward_expand(graph, ggml_cpy(ctx, x, s.layer_inputs[1]));
        compute(graph, forward_allocator_.get());
        return;
    }
    for (int l = 0; l < n_layer; ++l) {
        ggml_context_ptr ctx = make_graph_context(k_nodes_per_layer + 64);
        ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), k_nodes_per_layer, false);
        const layer_graph layers(ctx.get(), model_.hparams(), *weights_, s.inputs, s.options);
        const bool kept = (int) s.layer_inputs.size() > 2;
        ggml_tensor * from = s.layer_inputs[kept ? l : l % 2];
        ggml_tensor * to = s.layer_inputs[kept ? l + 1 : (l + 1) % 2];
        ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), layers.forward(l, from).y, to));
        compute(graph, forward_allocator_.get());
    }
    if (s.layer_inputs.size() == 2 && n_layer % 2 == 0) {
        std::swap(s.layer_inputs[0], s.layer_inputs[1]);
    }
}

// Adds `value` to the accumulator of the parameter run `name`.
void gradient_worker::accumulate(ggml_context * ctx, ggml_cgraph * graph, const std::string & name, ggml_tensor * value) {
    for (ggml_tensor * accumulator : accumulators_) {
        if (name == accumulator->name) {
            ggml_tensor * shaped = ggml_reshape_2d(ctx, value, accumulator->ne[0], accumulator->ne[1]);
            ggml_build_forward_expand(graph, ggml_add_inplace(ctx, accumulator, shaped));
            return;
        }
    }
}

void gradient_worker::expand_gradients(ggml_context * ctx, ggml_cgraph * graph, int layer, const layer_gradients & g) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    for (int t = 0; t < module_type_count; ++t) {
        const linear_weights & w = weights_->layers[layer].linear[t];
        const std::string name = prefix + module_type_name((module_type) t);
        if (g.s[t] != nullptr && g.core[t] == nullptr) {
            keep(g.s[t]);
            ggml_build_forward_expand(graph, g.s[t]);
        }
        if (low_rank() && w.adapter_index >= 0) {
            // LoRA: dA = scale · (Bᵀ dy) xᵀ, dB = scale · dy (A x)ᵀ; the scale is applied when the sums are read.
            accumulate(ctx, graph, name + ".lora_A", weights_->outer_sum(ctx, g.input[t], unpadded(ctx, g.s[t], adapter_->rank())));
            ggml_tensor * z = unpadded(ctx, weights_->product(ctx, w.a, g.input[t]), adapter_->rank());
            accumulate(ctx, graph, name + ".lora_B", weights_->outer_sum(ctx, z, g.d_output[t]));
        }
        if (dense()) {
            accumulate(ctx, graph, name + ".weight", weights_->outer_sum(ctx, g.input[t], g.d_output[t]));
            if (w.bias != nullptr) {
                accumulate(ctx, graph, name + ".bias", ggml_repeat_back(ctx, g.d_output[t], w.bias));
            }
        }
    }
    if (dense()) {
        accumulate(ctx, graph, prefix + "attn_norm.weight", g.d_attn_norm);
        accumulate(ctx, graph, prefix + "ffn_norm.weight", g.d_ffn_norm);
        if (g.d_q_norm != nullptr) {
            accumulate(ctx, graph, prefix + "attn_q_norm.weight", g.d_q_norm);
            accumulate(ctx, graph, prefix + "attn_k_norm.weight", g.d_k_norm);
        }
    }
}

// dL/dR = Σ_n s_n z_nᵀ of each adapted module, summed in double.
void gradient_worker::collect_core_gradients(int layer, const layer_state & s, const layer_gradients & g, micro_batch_result & result) const {
    const int r = adapter_->rank(), padded = padded_rank(r);
    for (int t = 0; t < module_type_count; ++t) {
        if (g.s[t] == nullptr) {
            continue;
        }
        if (g.core[t] != nullptr) {
            const std::vector<float> core = download(g.core[t]);
            double * total = result.core_gradient.data() + (size_t) weights_->layers[layer].linear[t].adapter_index * r * r;
            std::transform(core.begin(), core.end(), total, total, [](float part, double so_far) { return so_far + part; });
            continue;
        }
        const std::vector<float> z = download(s.z[t]), left = download(g.s[t]);
        double * sum = result.core_gradient.data() + (size_t) weights_->layers[layer].linear[t].adapter_index * r * r;
        const int n_tokens = (int) (left.size() / padded);
        for (int n = 0; n < n_tokens; ++n) {
            for (int j = 0; j < r; ++j) {
                for (int k = 0; k < r; ++k) {
                    sum[j * r + k] += (double) left[(size_t) n * padded + j] * z[(size_t) n * padded + k];
                }
            }
        }
    }
}

// On a GPU the sums over the tokens are made there, so that r² numbers a module cross the bus instead of 2 r N.
void gradient_worker::add_core_products(ggml_context * ctx, ggml_cgraph * graph, const layer_state & s, layer_gradients & g) const {
    const int r = adapter_->rank();
    for (int t = 0; t < module_type_count; ++t) {
        if (g.s[t] != nullptr) {
            g.core[t] = weights_->outer_sum(ctx, unpadded(ctx, s.z[t], r), unpadded(ctx, g.s[t], r));
            ggml_set_output(g.core[t]);
            ggml_build_forward_expand(graph, g.core[t]);
        }
    }
}

void gradient_worker::backward_one_graph(pass_state & s, micro_batch_result & result, int first_layer, int last_layer) {
    const size_t n_nodes = 2 * k_nodes_per_layer * (last_layer - first_layer);
    ggml_context_ptr ctx = make_graph_context(n_nodes + 64);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), n_nodes, false);
    ggml_tensor * dy = s.gradient;
    std::vector<layer_state> states(last_layer - first_layer);
    std::vector<layer_gradients> gradients(last_layer - first_layer);
    for (int l = last_layer - 1; l >= first_layer; --l) {
        layer_options options = s.options;
        options.want_dx = l > 0 || dense();
        const layer_graph layers(ctx.get(), model_.hparams(), *weights_, s.inputs, options);
        layer_state & state = states[l - first_layer];
        if (s.stored) {
            state = s.states[l];
            for_each_tensor(state, [&](ggml_tensor * t) { return leaf_of(ctx.get(), t); });
        } else {
            state = layers.forward(l, s.layer_inputs[l]);
            for (ggml_tensor * z : state.z) {
                if (z != nullptr && !model_.options().gpu) {
                    keep(z);
                    ggml_build_forward_expand(graph, z);  // the last module's is not on the backward's path
                }
            }
        }
        layer_gradients & g = gradients[l - first_layer];
        g = layers.backward(l, state, dy);
        if (factored() && model_.options().gpu) {
            add_core_products(ctx.get(), graph, state, g);
        }
        expand_gradients(ctx.get(), graph, l, g);
        dy = g.dx;
    }
    if (dy != nullptr) {
        ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), dy, s.gradient));
    }
    if (ggml_graph_n_nodes(graph) == 0) {
        return;
    }
    compute(graph, backward_allocator_.get());
    if (factored()) {
        for (int l = first_layer; l < last_layer; ++l) {
            collect_core_gradients(l, states[l - first_layer], gradients[l - first_layer], result);
        }
    }
}

void gradient_worker::backward_layers(pass_state & s, micro_batch_result & result) {
    const int n_layer = model_.hparams().n_layer;
    if (device_pass_) {
        ggml_backend_synchronize(backend_);
        device_pass_->backward(s.gradient, result.core_gradient);
        return;
    }
    if (s.stored) {
        backward_one_graph(s, result, 0, n_layer);
    } else {
        for (int l = n_layer - 1; l >= 0; --l) {
            backward_one_graph(s, result, l, l + 1);
        }
    }
    if (dense()) {
        const std::vector<float> dx = download(s.gradient);
        const int64_t d = model_.hparams().n_embd;
        for (int n = 0; n < s.batch->n_tokens; ++n) {
            for (int64_t i = 0; i < d; ++i) {
                embedding_gradient_[(size_t) s.batch->tokens[n] * d + i] += dx[(size_t) n * d + i];
            }
        }
    }
}

micro_batch_result gradient_worker::run(const micro_batch & b, const std::vector<sequence_group> & groups, const pass_options & options,
                                        std::vector<group_result> & results) {
    micro_batch_result result;
    const bool trains = options.backward && adapter_ != nullptr;
    if (trains && factored()) {
        result.core_gradient.assign(adapter_->modules().size() * (size_t) adapter_->rank() * adapter_->rank(), 0.0);
    }
    pass_state s;
    s.options = {!options.adapter_off, true, trains && dense()};
    if (device_pass_) {
        prepare_batch(s, b, false);
        forward_on_device(s, trains);
    } else {
        s.stored = trains && keeps_activations(b);
        prepare_batch(s, b, trains && !s.stored);
        prepare_attention(s, b);
        forward_layers(s);
    }
    if (head(s, groups, options, results, result) && trains) {
        backward_layers(s, result);
    }
    progress_.done += b.n_tokens;
    return result;
}

}  // namespace tinylora
