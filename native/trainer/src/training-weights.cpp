// Places the model's weights where the training graph's backend can read them, and the adapter's factors beside them.
#include "training-weights.h"

#include <algorithm>
#include <numeric>

#include "exact-products.h"
#include "parallel.h"
#include "tinylora/error.h"

namespace tinylora {

ggml_context_ptr make_graph_context(size_t n_tensors) {
    ggml_init_params params = {n_tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(n_tensors, false), nullptr, /*no_alloc =*/true};
    return ggml_context_ptr(ggml_init(params));
}

ggml_tensor * transpose_contiguous(ggml_context * ctx, ggml_tensor * t) { return ggml_cont(ctx, ggml_transpose(ctx, t)); }

ggml_backend_buffer_ptr allocate_tensors(ggml_context * ctx, ggml_backend_t backend, const char * purpose) {
    if (ggml_get_first_tensor(ctx) == nullptr) {
        return nullptr;
    }
    ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors(ctx, backend));
    if (!buffer) {
        bool all_placed = true;
        for (ggml_tensor * t = ggml_get_first_tensor(ctx); t != nullptr; t = ggml_get_next_tensor(ctx, t)) {
            all_placed = all_placed && t->data != nullptr;
        }
        if (!all_placed) {
            throw error(error_code::out_of_memory, std::string("Not enough memory for ") + purpose +
                                                       ". Use a smaller model or micro-batch, or free memory.");
        }
    }
    return buffer;
}

namespace {

// Of a GPU's memory that transposed copies of the weights may take; without room each layer is transposed when it is needed.
constexpr double k_transposes_share = 0.25;
// Of that memory, what may be taken for bringing layers: their float16 copies, and those of head and embedding.
constexpr double k_brought_share = 0.25;

// Rows of the embedding that a thread converts at a time.
constexpr size_t k_rows_a_range = 256;

}  // namespace

training_weights::training_weights(const model & m, ggml_backend_t backend, bool exact, bool fixed, layer_reader reader)
    : model_(m), backend_(backend), exact_(exact), cache_transposes_(fixed && transposes_fit()), reader_(reader) {
    ctx_ = make_graph_context(4 * m.tensors().size() + 64);
    const std::string head = m.hparams().tied_embeddings ? "token_embd.weight" : "output.weight";
    place_brought_layers(head);
    if (m.options().gpu || brings_layers()) {
        int64_t most_rows = 0;
        for (const auto & entry : m.tensors()) {
            most_rows = std::max(most_rows, entry.second->ne[1]);
        }
        row_numbers_ = ggml_new_tensor_1d(ctx_.get(), GGML_TYPE_I32, most_rows);
    }
    for (int l = 0; l < m.hparams().n_layer; ++l) {
        const std::string prefix = "blk." + std::to_string(l) + ".";
        layer_weights lw{};
        lw.attn_norm = place(prefix + "attn_norm.weight", true);
        lw.ffn_norm = place(prefix + "ffn_norm.weight", true);
        lw.q_norm = place(prefix + "attn_q_norm.weight", true);
        lw.k_norm = place(prefix + "attn_k_norm.weight", true);
        for (int t = 0; t < module_type_count; ++t) {
            const std::string name = prefix + module_type_name((module_type) t);
            lw.linear[t].w = brings_layers() ? placed_.at(module_type_name((module_type) t)) : place_matrix(name + ".weight");
            lw.linear[t].w_t = reader == layer_reader::graphs ? place_transposed(name + ".weight") : nullptr;
            lw.linear[t].bias = place(name + ".bias", true);
        }
        layers.push_back(lw);
    }
    output_norm = place("output_norm.weight", true);
    output = brings_layers() ? place_as(head, GGML_TYPE_F16) : place_matrix(head);
    output_t = place_transposed(head);
    rope_factors = place("rope_freqs.weight", true);
    buffer_ = allocate_tensors(ctx_.get(), backend, "the training copy of the weights");
    if (row_numbers_ != nullptr) {
        std::vector<int32_t> numbers(ggml_nelements(row_numbers_));
        std::iota(numbers.begin(), numbers.end(), 0);
        ggml_backend_tensor_set(row_numbers_, numbers.data(), 0, ggml_nbytes(row_numbers_));
    }
    fill_pending();
}

// One float16 tensor a module for all layers, and the head's, where any weight is quantised and all are that or float16.
void training_weights::place_brought_layers(const std::string & head) {
    if (reader_ != layer_reader::kernels || exact_) {
        return;
    }
    std::vector<std::vector<ggml_tensor *>> sources;
    std::vector<ggml_tensor *> all = {live_tensor(head)};
    for (const linear_module & module : model_.modules()) {
        if (module.type == module_type::attn_q) {
            sources.emplace_back();
        }
        all.push_back(live_tensor(module.name + ".weight"));
        sources.back().push_back(all.back());
    }
    const auto known = [](const ggml_tensor * t) { return t != nullptr && (ggml_is_quantized(t->type) || t->type == GGML_TYPE_F16); };
    const auto quantised = [](const ggml_tensor * t) { return ggml_is_quantized(t->type); };
    if (!std::all_of(all.begin(), all.end(), known) || std::none_of(all.begin(), all.end(), quantised) || !brought_layers_fit(sources[0], all[0])) {
        return;
    }
    for (int t = 0; t < module_type_count; ++t) {
        placed_[module_type_name((module_type) t)] = ggml_new_tensor(ctx_.get(), GGML_TYPE_F16, GGML_MAX_DIMS, sources[0][t]->ne);
    }
    sources_ = std::move(sources);
    copy_allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend_)));
}

// The trainer and the rollouts bring layers apart; the embedding is the rollouts' alone. Always true on CPUs.
bool training_weights::brought_layers_fit(const std::vector<ggml_tensor *> & layer, const ggml_tensor * head) const {
    if (!model_.options().gpu) {
        return true;
    }
    int64_t numbers = ggml_nelements(head);
    for (const ggml_tensor * t : layer) {
        numbers += ggml_nelements(t);
    }
    const int64_t embedding = model_.hparams().tied_embeddings ? 0 : ggml_nelements(head);
    const size_t needed_bytes = sizeof(ggml_fp16_t) * (size_t) (2 * numbers + embedding);
    size_t free_bytes = 0, total_bytes = 0;
    ggml_backend_dev_memory(model_.device(), &free_bytes, &total_bytes);
    return (double) needed_bytes <= k_brought_share * (double) total_bytes;
}

void training_weights::copy_on_device(const std::vector<std::pair<ggml_tensor *, ggml_tensor *>> & to_from) const {
    ggml_context_ptr ctx = make_graph_context(4 * to_from.size());
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 4 * to_from.size(), false);
    for (const auto & [to, from] : to_from) {
        ggml_tensor * rows = dequantised(ctx.get(), from);
        if (model_.options().gpu && rows != from) {
            // CUDA's kernel writes float16 as well, and in its place, though ggml declares the result float32.
            rows->type = to->type;
            std::copy_n(to->nb, GGML_MAX_DIMS, rows->nb);
            rows->buffer = to->buffer;
            rows->data = to->data;
            ggml_build_forward_expand(graph, rows);
        } else {
            ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), rows, to));
        }
    }
    if (!ggml_gallocr_alloc_graph(copy_allocator_.get(), graph)) {
        throw error(error_code::out_of_memory, "Not enough memory to dequantise weights. Use a smaller model, or free memory.");
    }
    if (ggml_backend_graph_compute(backend_, graph) != GGML_STATUS_SUCCESS) {
        fail_internal("Dequantising weights on the device failed.");
    }
}

void training_weights::bring_layer(int layer) const {
    std::vector<std::pair<ggml_tensor *, ggml_tensor *>> to_from;
    for (int t = 0; t < module_type_count; ++t) {
        to_from.emplace_back(layers[layer].linear[t].w, sources_[layer][t]);
    }
    copy_on_device(to_from);
}

ggml_tensor * training_weights::product(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) const {
    return exact_ && model_.options().gpu ? exact_product(ctx, a, b) : ggml_mul_mat(ctx, a, b);
}

ggml_tensor * training_weights::outer_sum(ggml_context * ctx, ggml_tensor * x, ggml_tensor * dy) const {
    return product(ctx, transpose_contiguous(ctx, x), transpose_contiguous(ctx, dy));
}

bool training_weights::narrow_transpose(const ggml_tensor * w) const { return model_.options().gpu && !exact_ && w->type != GGML_TYPE_F32; }

// Always true on CPUs, where the memory is the machine's own.
bool training_weights::transposes_fit() const {
    if (!model_.options().gpu) {
        return true;
    }
    size_t needed_bytes = 0, free_bytes = 0, total_bytes = 0;
    for (const linear_module & module : model_.modules()) {
        needed_bytes += (size_t) ggml_nelements(module.weight) * (narrow_transpose(module.weight) ? 2 : 4);
    }
    ggml_backend_dev_memory(model_.device(), &free_bytes, &total_bytes);
    return (double) needed_bytes <= k_transposes_share * (double) total_bytes;
}

// Every row looked up in its order: the one way to dequantise all types on a GPU.
ggml_tensor * training_weights::dequantised(ggml_context * ctx, ggml_tensor * w) const {
    return ggml_is_quantized(w->type) ? ggml_get_rows(ctx, w, ggml_view_1d(ctx, row_numbers_, w->ne[1], 0)) : w;
}

ggml_tensor * training_weights::transposed(ggml_context * ctx, ggml_tensor * w) const {
    if (!narrow_transpose(w)) {
        return transpose_contiguous(ctx, w->type == GGML_TYPE_F32 ? w : ggml_cast(ctx, w, GGML_TYPE_F32));
    }
    w = dequantised(ctx, w);
    return transpose_contiguous(ctx, w->type == GGML_TYPE_BF16 ? w : ggml_cast(ctx, w, GGML_TYPE_BF16));
}

ggml_tensor * training_weights::live_tensor(const std::string & name) const {
    for (ggml_tensor * live : model_.instances(name)) {
        if (ggml_backend_supports_buft(backend_, ggml_backend_buffer_get_type(live->buffer))) {
            return live;
        }
    }
    return nullptr;
}

// The live tensor where the backend can read it as it is; else a leaf to be filled. nullptr when the model lacks it.
ggml_tensor * training_weights::place(const std::string & name, bool as_f32) {
    const ggml_tensor * source = model_.find_tensor(name);
    return source == nullptr ? nullptr : place_as(name, as_f32 ? GGML_TYPE_F32 : source->type);
}

ggml_tensor * training_weights::place_matrix(const std::string & name) {
    const ggml_tensor * live = live_tensor(name);
    return place_as(name, exact_ ? GGML_TYPE_F32 : live != nullptr ? live->type : model_.tensor(name)->type);
}

ggml_tensor * training_weights::place_as(const std::string & name, ggml_type type) {
    if (auto it = placed_.find(name); it != placed_.end()) {
        return it->second;
    }
    ggml_tensor * live = live_tensor(name);
    if (live != nullptr && live->type == type) {
        return placed_[name] = live;
    }
    ggml_tensor * leaf = ggml_new_tensor(ctx_.get(), type, GGML_MAX_DIMS, model_.tensor(name)->ne);
    pending_.push_back({leaf, name, false});
    return placed_[name] = leaf;
}

ggml_tensor * training_weights::place_transposed(const std::string & name) {
    if (!cache_transposes_) {
        return nullptr;
    }
    const ggml_tensor * source = model_.tensor(name);
    ggml_tensor * leaf = ggml_new_tensor_2d(ctx_.get(), narrow_transpose(source) ? GGML_TYPE_BF16 : GGML_TYPE_F32, source->ne[1], source->ne[0]);
    pending_.push_back({leaf, name, true});
    return leaf;
}

void training_weights::fill_transposed_on_device(ggml_tensor * leaf, const std::string & name) {
    ggml_context_ptr ctx = make_graph_context(16);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 16, false);
    ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), transposed(ctx.get(), placed_.at(name)), leaf));
    ggml_gallocr_ptr allocator(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend_)));
    if (!ggml_gallocr_alloc_graph(allocator.get(), graph)) {
        throw error(error_code::out_of_memory, "Not enough memory to copy " + name + ". Use a smaller model, or free memory.");
    }
    if (ggml_backend_graph_compute(backend_, graph) != GGML_STATUS_SUCCESS) {
        fail_internal("Copying " + name + " on the device failed.");
    }
}

void training_weights::fill_pending() {
    std::vector<float> transposed;
    for (const auto & p : pending_) {
        const ggml_tensor * source = model_.tensor(p.name);
        if (brings_layers() && p.leaf == output) {
            copy_on_device({{output, live_tensor(p.name)}});
            continue;
        }
        if (model_.options().gpu && p.transposed) {
            fill_transposed_on_device(p.leaf, p.name);
            continue;
        }
        if (!p.transposed && p.leaf->type == source->type) {
            std::vector<uint8_t> bytes(ggml_nbytes(source));
            ggml_backend_tensor_get(source, bytes.data(), 0, bytes.size());
            ggml_backend_tensor_set(p.leaf, bytes.data(), 0, bytes.size());
            continue;
        }
        const std::vector<float> values = dequantise(source);
        if (!p.transposed) {
            ggml_backend_tensor_set(p.leaf, values.data(), 0, ggml_nbytes(p.leaf));
            continue;
        }
        const int64_t n_in = source->ne[0], n_out = source->ne[1];
        transposed.resize(values.size());
        for (int64_t o = 0; o < n_out; ++o) {
            for (int64_t i = 0; i < n_in; ++i) {
                transposed[i * n_out + o] = values[o * n_in + i];
            }
        }
        ggml_backend_tensor_set(p.leaf, transposed.data(), 0, ggml_nbytes(p.leaf));
    }
    pending_.clear();
}

void training_weights::set_adapter(const adapter * a) {
    adapter_ = a;
    factors_written_ = false;
    adapter_buffer_.reset();
    adapter_ctx_.reset();
    for (auto & layer : layers) {
        for (auto & linear : layer.linear) {
            linear.a = linear.b_core = linear.b_t = linear.core_a_t = nullptr;
            linear.adapter_index = -1;
        }
    }
    if (a == nullptr || a->form() == adapter_form::dense) {
        return;
    }
    adapter_ctx_ = make_graph_context(4 * a->modules().size() + 8);
    const int rank = padded_rank(a->rank());
    for (size_t i = 0; i < a->modules().size(); ++i) {
        const linear_module & module = model_.modules()[a->modules()[i].module];
        linear_weights & linear = layers[module.layer].linear[(int) module.type];
        linear.adapter_index = (int) i;
        linear.a = ggml_new_tensor_2d(adapter_ctx_.get(), GGML_TYPE_F32, module.n_in, rank);
        linear.b_t = ggml_new_tensor_2d(adapter_ctx_.get(), GGML_TYPE_F32, module.n_out, rank);
        if (reader_ == layer_reader::graphs) {
            linear.b_core = ggml_new_tensor_2d(adapter_ctx_.get(), GGML_TYPE_F32, rank, module.n_out);
            linear.core_a_t = ggml_new_tensor_2d(adapter_ctx_.get(), GGML_TYPE_F32, rank, module.n_in);
        }
    }
    adapter_buffer_ = allocate_tensors(adapter_ctx_.get(), backend_, "the adapter");
}

void training_weights::set_params(const float * params) {
    if (adapter_ == nullptr || adapter_->form() == adapter_form::dense) {
        return;
    }
    std::vector<float> core((size_t) adapter_->rank() * adapter_->rank());
    for (size_t index = 0; index < adapter_->modules().size(); ++index) {
        const module_factors & f = adapter_->modules()[index];
        const linear_module & module = model_.modules()[f.module];
        const linear_weights & linear = layers[module.layer].linear[(int) module.type];
        if (!factors_written_) {
            write_factors(linear, f);
        }
        if (reader_ == layer_reader::graphs) {
            adapter_->core(index, params, core.data());
            write_folded(linear, f, core);
        }
    }
    factors_written_ = adapter_->form() == adapter_form::factored;  // LoRA's change
}

// b · core and (core · a)ᵀ.
void training_weights::write_folded(const linear_weights & linear, const module_factors & f, const std::vector<float> & core) const {
    const int r = adapter_->rank(), padded = padded_rank(r);
    const int64_t n_in = linear.a->ne[0], n_out = linear.b_t->ne[0];
    std::vector<float> staged((size_t) n_out * padded, 0.0f);
    for (int64_t o = 0; o < n_out; ++o) {
        for (int j = 0; j < r; ++j) {
            for (int k = 0; k < r; ++k) {
                staged[o * padded + k] += f.b[o * r + j] * core[(size_t) j * r + k];
            }
        }
    }
    ggml_backend_tensor_set(linear.b_core, staged.data(), 0, ggml_nbytes(linear.b_core));

    staged.assign((size_t) n_in * padded, 0.0f);
    for (int j = 0; j < r; ++j) {
        for (int k = 0; k < r; ++k) {
            for (int64_t i = 0; i < n_in; ++i) {
                staged[i * padded + j] += core[(size_t) j * r + k] * f.a[k * n_in + i];
            }
        }
    }
    ggml_backend_tensor_set(linear.core_a_t, staged.data(), 0, ggml_nbytes(linear.core_a_t));
}

// a and bᵀ.
void training_weights::write_factors(const linear_weights & linear, const module_factors & f) const {
    const int64_t r = adapter_->rank(), n_out = linear.b_t->ne[0];
    std::vector<float> staged(ggml_nelements(linear.a), 0.0f);
    std::copy(f.a.begin(), f.a.end(), staged.begin());
    ggml_backend_tensor_set(linear.a, staged.data(), 0, ggml_nbytes(linear.a));

    staged.assign(ggml_nelements(linear.b_t), 0.0f);
    for (int64_t o = 0; o < n_out; ++o) {
        for (int64_t j = 0; j < r; ++j) {
            staged[j * n_out + o] = f.b[o * r + j];
        }
    }
    ggml_backend_tensor_set(linear.b_t, staged.data(), 0, ggml_nbytes(linear.b_t));
}

void training_weights::embed(const int32_t * tokens, size_t n_tokens, float * out) const {
    const ggml_tensor * table = model_.tensor("token_embd.weight");
    for (const ggml_tensor * copy : model_.instances("token_embd.weight")) {
        const bool has_files_values = copy->type == table->type;
        if (ggml_backend_buffer_is_host(copy->buffer) && (has_files_values || !exact_)) {
            table = copy;  // a tied head has a copy on the GPU, where every row would be a transfer
        }
    }
    const int64_t n = table->ne[0];
    const size_t row_bytes = ggml_row_size(table->type, n);
    const auto to_float = ggml_get_type_traits(table->type)->to_float;
    for (size_t t = 0; t < n_tokens; ++t) {
        if (tokens[t] < 0 || tokens[t] >= table->ne[1]) {
            fail_input("Token id " + std::to_string(tokens[t]) + " is outside the vocabulary of " + std::to_string(table->ne[1]) +
                       ". Tokenise the text with this model.");
        }
    }
    auto convert = [&](size_t t, const void * values) {
        if (table->type == GGML_TYPE_F32) {
            std::copy_n((const float *) values, n, out + t * n);
        } else {
            to_float(values, out + t * n, n);
        }
    };
    if (ggml_backend_buffer_is_host(table->buffer)) {
        for_ranges(n_tokens, [&](size_t, size_t first, size_t last) {
            for (size_t t = first; t < last; ++t) {
                convert(t, (const uint8_t *) table->data + (size_t) tokens[t] * row_bytes);
            }
        }, k_rows_a_range);
        return;
    }
    std::vector<uint8_t> row(row_bytes);
    for (size_t t = 0; t < n_tokens; ++t) {
        ggml_backend_tensor_get(table, row.data(), (size_t) tokens[t] * row_bytes, row_bytes);
        convert(t, row.data());
    }
}

}  // namespace tinylora
