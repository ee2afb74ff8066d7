// Copies the beginnings of key/value streams to other streams, all at once: a prompt to its samples (engine process).
#pragma once

#include <vector>

#include "ggml-backend.h"
#include "ggml-cpp.h"
#include "llama.h"

namespace tinylora {

struct stream_copy {
    int from, to;
    int cells;  // the first ones
};

class stream_copier {
public:
    // Every stream is read before any is written, so that `from` of one copy may be `to` of another. The streams' metadata is
    // the caller's. Throws out_of_memory when the device has no room for the rows on their way.
    void copy(llama_context * context, ggml_backend_t backend, const std::vector<stream_copy> & copies);

private:
    void copy_rows(llama_context * context, ggml_backend_t backend, const std::vector<int32_t> & from, const std::vector<int32_t> & to);

    ggml_gallocr_ptr allocator_;
};

} // namespace tinylora
