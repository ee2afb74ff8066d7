// Loading a GGUF through libllama: checks that name the file and the remedy, adapted modules in execution order.
#include "tinylora/model.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "dequantised-weights.h"
#include "gguf.h"
#include "llama-model.h"  // internal: hparams and the tensor map of the pinned version
#include "tinylora/error.h"
#include "tinylora/failure-words.h"
#include "tinylora/log.h"

namespace tinylora {

namespace {

const std::map<std::string, model_family> k_families = {
    {"llama", model_family::llama}, {"qwen2", model_family::qwen2}, {"qwen3", model_family::qwen3}};

const std::set<ggml_type> k_weight_types = {
    GGML_TYPE_F32,  GGML_TYPE_F16,  GGML_TYPE_BF16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_0, GGML_TYPE_Q4_1, GGML_TYPE_Q5_0,
    GGML_TYPE_Q5_1, GGML_TYPE_Q2_K, GGML_TYPE_Q3_K, GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K};

struct gguf_closer {
    void operator()(gguf_context * g) const { gguf_free(g); }
};

void load_backends_once(const std::string & dir) {
    static std::mutex mutex;
    static std::set<std::string> loaded;
    std::lock_guard<std::mutex> lock(mutex);
    if (loaded.insert(dir).second) {
        ggml_backend_load_all_from_path(dir.c_str());
    }
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
        fail_input("No ggml CPU backend could be loaded from " + dir + ". Install the project again (npm ci).");
    }
}

std::string read_architecture(const gguf_context * g, const std::string & path) {
    const int64_t key = gguf_find_key(g, "general.architecture");
    if (key < 0 || gguf_get_kv_type(g, key) != GGUF_TYPE_STRING) {
        fail_input(path + " has no general.architecture. Choose a GGUF of a llama, qwen2 or qwen3 model.");
    }
    return gguf_get_val_str(g, key);
}

// Reads the header only, so that a bad file is refused with its reason before libllama sees it.
void check_file(const std::string & path) {
    std::error_code ec;
    const auto file_size = std::filesystem::file_size(std::filesystem::u8path(path), ec);
    if (ec) {
        fail_input("Cannot read the model " + path + ": " + ec.message() + ". Check the path.");
    }
    gguf_init_params params = {/*no_alloc =*/true, /*ctx =*/nullptr};
    std::unique_ptr<gguf_context, gguf_closer> g(gguf_init_from_file(path.c_str(), params));
    if (!g) {
        fail_input(path + " is not a readable GGUF file (damaged or truncated header). Download it again.");
    }
    const std::string architecture = read_architecture(g.get(), path);
    if (k_families.count(architecture) == 0) {
        fail_input(path + ": architecture \"" + architecture + "\" is not supported. Choose a llama, qwen2 or qwen3 model.");
    }
    for (int64_t i = 0; i < gguf_get_n_tensors(g.get()); ++i) {
        const std::string name = gguf_get_tensor_name(g.get(), i);
        const ggml_type type = gguf_get_tensor_type(g.get(), i);
        if (k_weight_types.count(type) == 0) {
            fail_input(path + ": tensor " + name + " has type " + ggml_type_name(type) +
                       ", which is not supported. Use F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 or a k-quant (Q2_K to Q6_K).");
        }
        const uint64_t end = gguf_get_data_offset(g.get()) + gguf_get_tensor_offset(g.get(), i) + gguf_get_tensor_size(g.get(), i);
        if (end > file_size) {
            fail_input(path + " is truncated: tensor " + name + " ends at byte " + std::to_string(end) + ", but the file has " +
                       std::to_string(file_size) + " bytes. Download it again.");
        }
    }
}

llama_model * load_handle(const std::string & path, const llama_model_params & params) {
    const log_capture log(GGML_LOG_LEVEL_ERROR);
    llama_model * handle = llama_model_load_from_file(path.c_str(), params);
    if (handle == nullptr) {
        throw model_failure(log.text(), path);
    }
    return handle;
}

void check_finite(const std::string & path, const std::vector<std::pair<std::string, ggml_tensor *>> & tensors) {
    std::vector<uint8_t> bytes;
    for (const auto & [name, t] : tensors) {
        bytes.resize(ggml_nbytes(t));
        ggml_backend_tensor_get(t, bytes.data(), 0, bytes.size());
        if (!ggml_validate_row_data(t->type, bytes.data(), bytes.size())) {
            fail_input(path + ": tensor " + name + " holds values that are not finite (NaN or Inf). Download or convert the model again.");
        }
    }
}

model_hparams read_hparams(const llama_model * handle, const std::string & path, model_family family) {
    const llama_hparams & h = handle->hparams;
    model_hparams out{};
    out.family = family;
    out.n_layer = (int) h.n_layer();
    out.n_embd = (int) h.n_embd;
    out.n_ff = (int) h.n_ff();
    out.n_head = (int) h.n_head();
    out.n_head_kv = (int) h.n_head_kv();
    out.head_dim = (int) h.n_embd_head_k();
    out.n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(handle));
    out.n_ctx_train = llama_model_n_ctx_train(handle);
    out.rms_epsilon = h.f_norm_rms_eps;
    out.rope_base = h.rope_freq_base_train;
    out.rope_scale = h.rope_freq_scale_train;
    out.rope_type = (int) llama_model_rope_type(handle);
    out.attention_scale = h.f_attention_scale == 0.0f ? 1.0f / std::sqrt((float) out.head_dim) : h.f_attention_scale;
    if (h.n_expert > 0) {
        fail_input(path + " is a mixture of experts, which is not supported. Choose a dense llama, qwen2 or qwen3 model.");
    }
    if (h.rope_scaling_type_train == LLAMA_ROPE_SCALING_TYPE_YARN || h.rope_scaling_type_train == LLAMA_ROPE_SCALING_TYPE_LONGROPE) {
        fail_input(path + " uses YaRN or LongRoPE position scaling, which is not supported. Choose a file without it.");
    }
    if ((int) h.n_embd_head_v() != out.head_dim || (int) h.n_rot() != out.head_dim) {
        fail_input(path + " has key, value and rotary sizes that differ, which is not supported.");
    }
    return out;
}

}  // namespace

const char * module_type_name(module_type type) {
    static const char * names[module_type_count] = {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"};
    return names[(int) type];
}

std::unique_ptr<model> model::load(const model_options & options) {
    load_backends_once(options.backend_dir);
    check_file(options.path);

    std::unique_ptr<model> m(new model());
    m->options_ = options;
    m->device_ = ggml_backend_dev_by_type(options.gpu ? GGML_BACKEND_DEVICE_TYPE_GPU : GGML_BACKEND_DEVICE_TYPE_CPU);
    if (m->device_ == nullptr) {
        fail_input("No GPU backend could be loaded from " + options.backend_dir + ". Run the doctor, or choose the device cpu.");
    }

    ggml_backend_dev_t devices[2] = {options.gpu ? m->device_ : nullptr, nullptr};
    llama_model_params params = llama_model_default_params();
    params.devices = devices;
    params.n_gpu_layers = options.gpu ? -1 : 0;
    params.load_mode = LLAMA_LOAD_MODE_NONE;  // mapped weights cannot be written
    params.use_extra_bufts = false;           // repacked weights cannot be read back
    m->handle_ = load_handle(options.path, params);

    for (const auto & entry : llama_internal_get_tensor_map(m->handle_)) {
        if (m->find_tensor(entry.first) == nullptr) {
            m->tensors_.push_back(entry);
        }
    }
    check_finite(options.path, m->tensors_);
    if (options.dequantise) {
        m->dequantised_ = std::make_unique<dequantised_weights>(m->device_, llama_internal_get_tensor_map(m->handle_));
        for (auto & entry : m->tensors_) {
            entry.second = m->dequantised_->stored(entry.second);
        }
    }

    char architecture[64] = {0};
    llama_model_meta_val_str(m->handle_, "general.architecture", architecture, sizeof(architecture));
    m->hparams_ = read_hparams(m->handle_, options.path, k_families.at(architecture));
    m->hparams_.tied_embeddings = m->find_tensor("output.weight") == nullptr;

    for (int layer = 0; layer < m->hparams_.n_layer; ++layer) {
        for (int t = 0; t < module_type_count; ++t) {
            linear_module module;
            module.name = "blk." + std::to_string(layer) + "." + module_type_name((module_type) t);
            module.layer = layer;
            module.type = (module_type) t;
            module.weight = m->tensor(module.name + ".weight");
            module.live = m->instances(module.name + ".weight").front();
            module.bias = m->find_tensor(module.name + ".bias");
            module.n_in = module.weight->ne[0];
            module.n_out = module.weight->ne[1];
            m->modules_.push_back(module);
        }
    }
    return m;
}

model::model() = default;

model::~model() {
    if (handle_ != nullptr) {
        llama_model_free(handle_);
    }
}

ggml_tensor * model::find_tensor(const std::string & name) const {
    for (const auto & entry : tensors_) {
        if (entry.first == name) {
            return entry.second;
        }
    }
    return nullptr;
}

ggml_tensor * model::tensor(const std::string & name) const {
    ggml_tensor * t = find_tensor(name);
    if (t == nullptr) {
        fail_input(options_.path + " has no tensor " + name + ". Choose a complete llama, qwen2 or qwen3 GGUF with separate q, k and v.");
    }
    return t;
}

std::vector<ggml_tensor *> model::instances(const std::string & name) const {
    std::vector<ggml_tensor *> out;
    for (const auto & entry : llama_internal_get_tensor_map(handle_)) {
        if (entry.first == name) {
            out.push_back(entry.second);
        }
    }
    return out;
}

size_t model::weight_bytes() const { return llama_model_size(handle_) + (dequantised_ ? dequantised_->bytes() : 0); }

bool model::has_tokenizer() const { return llama_vocab_type(vocab()) != LLAMA_VOCAB_TYPE_NONE; }

std::vector<float> dequantise(const ggml_tensor * tensor) {
    const int64_t n = ggml_nelements(tensor);
    std::vector<float> values(n);
    if (tensor->type == GGML_TYPE_F32) {
        ggml_backend_tensor_get(tensor, values.data(), 0, ggml_nbytes(tensor));
        return values;
    }
    std::vector<uint8_t> bytes(ggml_nbytes(tensor));
    ggml_backend_tensor_get(tensor, bytes.data(), 0, bytes.size());
    ggml_get_type_traits(tensor->type)->to_float(bytes.data(), values.data(), n);
    return values;
}

}  // namespace tinylora
