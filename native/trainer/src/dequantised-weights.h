// Float16 copies in the place of quantised weights, for a device whose kernels for quantised types round activations to 8 bits.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ggml-cpp.h"

namespace tinylora {

class dequantised_weights {
public:
    // Replaces every quantised tensor of `live` that lies in the device's memory, or none where a quarter of that memory does
    // not hold the copies. A replaced tensor keeps its place in libllama's graphs: type, strides and data change in it.
    // Throws out_of_memory.
    dequantised_weights(ggml_backend_dev_t device, const std::vector<std::pair<std::string, ggml_tensor *>> & live);

    // The weight as the file has it: quantised where `live` was replaced, else `live` itself.
    ggml_tensor * stored(ggml_tensor * live) const;
    // What the copies take; 0 where there are none.
    size_t bytes() const { return buffer_ ? ggml_backend_buffer_get_size(buffer_.get()) : 0; }

private:
    void fill(ggml_backend_dev_t device, const std::vector<ggml_tensor *> & copies, const std::vector<ggml_tensor *> & originals) const;

    ggml_context_ptr ctx_;
    ggml_backend_buffer_ptr buffer_;
    std::unordered_map<const ggml_tensor *, ggml_tensor *> stored_;  // replaced tensor → what it was
};

}  // namespace tinylora
