// Float16 copies of quantised weights: made on the device at load, then put in the originals' place.
#include "dequantised-weights.h"

#include <algorithm>
#include <numeric>

#include "tinylora/error.h"

namespace tinylora {

namespace {

// Of the device's memory that the copies may take.
constexpr double k_copies_share = 0.25;

std::vector<ggml_tensor *> quantised_on(ggml_backend_dev_t device, const std::vector<std::pair<std::string, ggml_tensor *>> & live) {
    std::vector<ggml_tensor *> found;
    for (const auto & entry : live) {
        ggml_tensor * t = entry.second;
        const bool here = ggml_is_quantized(t->type) && ggml_backend_dev_supports_buft(device, ggml_backend_buffer_get_type(t->buffer));
        if (here && std::find(found.begin(), found.end(), t) == found.end()) {
            found.push_back(t);
        }
    }
    return found;
}

bool fit(ggml_backend_dev_t device, const std::vector<ggml_tensor *> & tensors) {
    size_t needed_bytes = 0, free_bytes = 0, total_bytes = 0;
    for (const ggml_tensor * t : tensors) {
        needed_bytes += (size_t) ggml_nelements(t) * sizeof(ggml_fp16_t);
    }
    ggml_backend_dev_memory(device, &free_bytes, &total_bytes);
    return (double) needed_bytes <= k_copies_share * (double) total_bytes;
}

ggml_context_ptr tensor_context(size_t n_tensors) {
    return ggml_context_ptr(ggml_init({n_tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(16, false), nullptr, /*no_alloc =*/true}));
}

void assume_data(ggml_tensor * to, const ggml_tensor * from) {
    to->type = from->type;
    to->buffer = from->buffer;
    to->data = from->data;
    std::copy_n(from->nb, GGML_MAX_DIMS, to->nb);
}

}  // namespace

dequantised_weights::dequantised_weights(ggml_backend_dev_t device, const std::vector<std::pair<std::string, ggml_tensor *>> & live) {
    const std::vector<ggml_tensor *> replaced = quantised_on(device, live);
    if (replaced.empty() || !fit(device, replaced)) {
        return;
    }
    ctx_ = tensor_context(2 * replaced.size());
    std::vector<ggml_tensor *> copies, originals;
    for (const ggml_tensor * t : replaced) {
        copies.push_back(ggml_new_tensor(ctx_.get(), GGML_TYPE_F16, GGML_MAX_DIMS, t->ne));
    }
    buffer_.reset(ggml_backend_alloc_ctx_tensors_from_buft(ctx_.get(), ggml_backend_dev_buffer_type(device)));
    if (!buffer_) {
        throw error(error_code::out_of_memory, "Not enough memory for the weights as float16. Use a smaller model, or free memory.");
    }
    // The scheduler sends a product to the device of its weights.
    ggml_backend_buffer_set_usage(buffer_.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
    for (const ggml_tensor * t : replaced) {
        ggml_tensor * original = ggml_new_tensor(ctx_.get(), t->type, GGML_MAX_DIMS, t->ne);
        ggml_set_name(original, t->name);
        assume_data(original, t);
        originals.push_back(original);
    }
    fill(device, copies, originals);
    for (size_t i = 0; i < replaced.size(); ++i) {
        assume_data(replaced[i], copies[i]);
        stored_[replaced[i]] = originals[i];
    }
}

// Every row looked up in its order: the one way to dequantise all types on a GPU.
void dequantised_weights::fill(ggml_backend_dev_t device, const std::vector<ggml_tensor *> & copies,
                               const std::vector<ggml_tensor *> & originals) const {
    ggml_backend_ptr backend(ggml_backend_dev_init(device, nullptr));
    if (!backend) {
        fail_internal(std::string("The backend ") + ggml_backend_dev_name(device) + " could not be initialised.");
    }
    int64_t most_rows = 0;
    for (const ggml_tensor * t : originals) {
        most_rows = std::max(most_rows, ggml_nrows(t));
    }
    ggml_context_ptr numbers_ctx = tensor_context(1);
    ggml_tensor * row_numbers = ggml_new_tensor_1d(numbers_ctx.get(), GGML_TYPE_I32, most_rows);
    ggml_backend_buffer_ptr numbers_buffer(ggml_backend_alloc_ctx_tensors(numbers_ctx.get(), backend.get()));
    ggml_gallocr_ptr allocator(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend.get())));
    const error no_room(error_code::out_of_memory, "Not enough memory to dequantise the weights. Use a smaller model, or free memory.");
    if (!numbers_buffer) {
        throw no_room;
    }
    std::vector<int32_t> numbers(most_rows);
    std::iota(numbers.begin(), numbers.end(), 0);
    ggml_backend_tensor_set(row_numbers, numbers.data(), 0, ggml_nbytes(row_numbers));
    for (size_t i = 0; i < originals.size(); ++i) {
        ggml_context_ptr ctx = tensor_context(8);
        ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 16, false);
        ggml_tensor * rows = ggml_get_rows(ctx.get(), originals[i], ggml_view_1d(ctx.get(), row_numbers, ggml_nrows(originals[i]), 0));
        ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), rows, copies[i]));
        if (!ggml_gallocr_alloc_graph(allocator.get(), graph)) {
            throw no_room;
        }
        if (ggml_backend_graph_compute(backend.get(), graph) != GGML_STATUS_SUCCESS) {
            fail_internal(std::string("Dequantising ") + originals[i]->name + " on the device failed.");
        }
    }
}

ggml_tensor * dequantised_weights::stored(ggml_tensor * live) const {
    const auto found = stored_.find(live);
    return found != stored_.end() ? found->second : live;
}

}  // namespace tinylora
