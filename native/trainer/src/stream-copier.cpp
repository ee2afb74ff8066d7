// Copies between streams as one gather and one scatter of rows a layer, whatever the number of streams.
#include "stream-copier.h"

#include <algorithm>

#include "llama-streams.h"
#include "tinylora/error.h"

namespace tinylora {

namespace {

constexpr int64_t rows_at_once = 1 << 17;

// Cache rows, one a cell, of all streams: {n_embd, cells · streams}.
ggml_tensor * all_rows(ggml_context * ctx, ggml_tensor * storage) { return ggml_reshape_2d(ctx, storage, storage->ne[0], storage->ne[1] * storage->ne[2]); }

} // namespace

void stream_copier::copy(llama_context * context, ggml_backend_t backend, const std::vector<stream_copy> & copies) {
    if (copies.empty()) {
        return;
    }
    ggml_tensor *k, *v;
    llama_stream_layer(context, 0, &k, &v);
    const int stream_cells = int(k->ne[1]);
    int longest = 0;
    for (const stream_copy & c : copies) {
        longest = std::max(longest, c.cells);
    }
    // Bands of positions bound the memory; copies of different bands never touch the same cell.
    const int band = std::max<int>(1, int(rows_at_once / int64_t(copies.size())));
    for (int first = 0; first < longest; first += band) {
        std::vector<int32_t> from, to;
        for (const stream_copy & c : copies) {
            for (int cell = first; cell < std::min(first + band, c.cells); cell++) {
                from.push_back(c.from * stream_cells + cell);
                to.push_back(c.to * stream_cells + cell);
            }
        }
        copy_rows(context, backend, from, to);
    }
}

void stream_copier::copy_rows(llama_context * context, ggml_backend_t backend, const std::vector<int32_t> & from, const std::vector<int32_t> & to) {
    const int n_layers = llama_stream_layers(context);
    const size_t n_tensors = 16 * size_t(n_layers) + 16;
    ggml_context_ptr owner(ggml_init({n_tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(n_tensors, false), nullptr, /*.no_alloc =*/true}));
    ggml_context * ctx = owner.get();
    ggml_cgraph * graph = ggml_new_graph_custom(ctx, n_tensors, false);
    ggml_tensor * source = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, int64_t(from.size()));
    ggml_tensor * target = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, int64_t(to.size()));
    ggml_set_input(source);
    ggml_set_input(target);
    for (int i = 0; i < n_layers; i++) {
        ggml_tensor *k, *v;
        llama_stream_layer(context, i, &k, &v);
        for (ggml_tensor * storage : {k, v}) {
            ggml_tensor * rows = all_rows(ctx, storage);
            // Through float32 and back, which changes no bit of a float16.
            ggml_build_forward_expand(graph, ggml_set_rows(ctx, rows, ggml_get_rows(ctx, rows, source), target));
        }
    }
    if (!allocator_) {
        allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend)));
    }
    if (!ggml_gallocr_alloc_graph(allocator_.get(), graph)) {
        throw error(error_code::out_of_memory, "Not enough memory to copy prompts between sequences. Lower maxSequences, or free memory on the device.");
    }
    ggml_backend_tensor_set(source, from.data(), 0, from.size() * sizeof(int32_t));
    ggml_backend_tensor_set(target, to.data(), 0, to.size() * sizeof(int32_t));
    const ggml_status status = ggml_backend_graph_compute(backend, graph);
    if (status != GGML_STATUS_SUCCESS) {
        fail_internal(std::string("Copying prompts between sequences failed: ") + ggml_status_to_string(status) + ".");
    }
}

} // namespace tinylora
