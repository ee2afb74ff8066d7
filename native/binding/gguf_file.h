// Reading a GGUF's header and writing a model's live weights as an F32 GGUF. Engine process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ggml.h"
#include "gguf.h"
#include "tinylora/model.h"
#include "tinylora/progress.h"

namespace binding {

struct file_tensor {
    std::string name;
    ggml_type type;
    std::vector<int64_t> shape;  // row-major (ggml's ne reversed)
};

// An open header: metadata and tensor descriptions, no weights.
class gguf_file {
public:
    // Throws bad_input naming the file.
    explicit gguf_file(const std::string & path);

    // In file order.
    std::vector<file_tensor> tensors() const;
    const gguf_context * header() const { return header_.get(); }
    const ggml_tensor * description(int64_t index) const;

private:
    struct gguf_deleter { void operator()(gguf_context * c) const { gguf_free(c); } };
    struct ggml_deleter { void operator()(ggml_context * c) const { ggml_free(c); } };
    std::unique_ptr<gguf_context, gguf_deleter> header_;
    std::unique_ptr<ggml_context, ggml_deleter> descriptions_;
};

// Writes the model's file again with its metadata, every tensor with its live values as F32. Written beside the target and
// renamed when complete, so that a full disk or a cancellation leaves nothing half-written. Throws bad_input naming the path.
void write_model_f32(const tinylora::model & m, const std::string & path, tinylora::progress & progress);

} // namespace binding
