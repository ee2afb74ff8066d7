// The model: a GGUF loaded through libllama, its adapted modules in execution order, and access to its tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "ggml.h"
#include "llama.h"

namespace tinylora {

enum class model_family { llama, qwen2, qwen3 };
enum class module_type { attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down };
constexpr int module_type_count = 7;

const char * module_type_name(module_type type);  // "attn_q", … as in the GGUF

struct linear_module {
    std::string name;  // "blk.0.attn_q"
    int layer;
    module_type type;
    ggml_tensor * weight;  // ggml ne = {n_in, n_out}; row-major [out, in]; of the file's type
    ggml_tensor * live;    // what libllama computes with: `weight`, or its float16 copy
    ggml_tensor * bias;    // nullptr where there is none
    int64_t n_in;
    int64_t n_out;
};

struct model_hparams {
    model_family family;
    int n_layer, n_embd, n_ff, n_head, n_head_kv, head_dim, n_vocab, n_ctx_train;
    float rms_epsilon;
    float rope_base;
    float rope_scale;  // linear frequency scale, 1 without scaling
    int rope_type;     // GGML_ROPE_TYPE_NORMAL (llama) or GGML_ROPE_TYPE_NEOX (qwen)
    float attention_scale;  // 1/sqrt(head_dim) unless the file says otherwise
    bool tied_embeddings;
};

struct model_options {
    std::string path;
    std::string hash;         // SHA-256 of the file, hex
    std::string backend_dir;  // folder of the ggml backends
    bool gpu = false;
    // Compute with float16 copies of the device's quantised weights where a quarter of its memory holds them.
    bool dequantise = false;
};

class dequantised_weights;

class model {
public:
    // Loads the file with mmap off and no repacked buffers, so that weights can be read and written.
    // Throws bad_input naming the file for: truncated file, unsupported architecture, unsupported tensor type, NaN or Inf weights.
    static std::unique_ptr<model> load(const model_options & options);
    ~model();

    llama_model * handle() const { return handle_; }
    const llama_vocab * vocab() const { return llama_model_get_vocab(handle_); }
    const model_options & options() const { return options_; }
    const model_hparams & hparams() const { return hparams_; }
    // Execution order: layer by layer q, k, v, o, gate, up, down.
    const std::vector<linear_module> & modules() const { return modules_; }
    // All tensors by GGUF name with the file's types, in the loader's order (a tied output head is not listed twice).
    const std::vector<std::pair<std::string, ggml_tensor *>> & tensors() const { return tensors_; }
    // nullptr where the model has no such tensor.
    ggml_tensor * find_tensor(const std::string & name) const;
    // Throws bad_input when it is missing.
    ggml_tensor * tensor(const std::string & name) const;
    // Every copy of that tensor that libllama computes with (a tied output head may have one of its own on the GPU), in whatever type.
    std::vector<ggml_tensor *> instances(const std::string & name) const;
    // All weights, float16 copies of quantised ones included.
    size_t weight_bytes() const;
    bool has_tokenizer() const;
    ggml_backend_dev_t device() const { return device_; }

private:
    model();
    model_options options_;
    model_hparams hparams_{};
    llama_model * handle_ = nullptr;
    ggml_backend_dev_t device_ = nullptr;
    std::unique_ptr<dequantised_weights> dequantised_;
    std::vector<linear_module> modules_;
    std::vector<std::pair<std::string, ggml_tensor *>> tensors_;
};

// The tensor's values as float32, row-major in the tensor's memory order, whatever its type and buffer.
std::vector<float> dequantise(const ggml_tensor * tensor);

} // namespace tinylora
