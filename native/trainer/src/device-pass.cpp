// Loads the library of native/device-pass and translates between its plain C and the trainer.
#include "device-pass.h"

#include <cstring>
#include <map>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "../../device-pass/device-pass.h"
#include "tinylora/error.h"

namespace tinylora {

struct device_pass::functions {
    decltype(&tinylora_pass_supports) supports;
    decltype(&tinylora_pass_create) create;
    decltype(&tinylora_pass_destroy) destroy;
    decltype(&tinylora_pass_set_cores) set_cores;
    decltype(&tinylora_pass_bytes) bytes;
    decltype(&tinylora_pass_forward) forward;
    decltype(&tinylora_pass_backward) backward;

    // Loaded once a process and never unloaded: a driver does not like its user to go.
    static const functions * load(const std::string & path);
};

namespace {

#ifdef _WIN32
void * open_library(const std::string & path) {
    return (void *)LoadLibraryA(path.c_str());
}
void * find_function(void * library, const char * name) {
    return (void *)GetProcAddress((HMODULE)library, name);
}
std::string library_error() {
    return "error " + std::to_string(GetLastError());
}
#else
void * open_library(const std::string & path) {
    return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
}
void * find_function(void * library, const char * name) {
    return dlsym(library, name);
}
std::string library_error() {
    return dlerror();
}
#endif

} // namespace

const device_pass::functions * device_pass::functions::load(const std::string & path) {
    static std::map<std::string, functions> loaded;
    if (const auto known = loaded.find(path); known != loaded.end()) {
        return &known->second;
    }
    const std::string remedy = ". Build it again with npm run build:cuda, or remove the file to train without it.";
    void * library = open_library(path);
    if (library == nullptr) {
        fail_input("The library of the training pass cannot be loaded: " + library_error() + remedy);
    }
    functions f{};
    auto find = [&](auto & function, const char * name) {
        void * found = find_function(library, name);
        if (found == nullptr) {
            fail_input("The library of the training pass, " + path + ", has no " + name + remedy);
        }
        std::memcpy(&function, &found, sizeof function);
    };
    find(f.supports, "tinylora_pass_supports");
    find(f.create, "tinylora_pass_create");
    find(f.destroy, "tinylora_pass_destroy");
    find(f.set_cores, "tinylora_pass_set_cores");
    find(f.bytes, "tinylora_pass_bytes");
    find(f.forward, "tinylora_pass_forward");
    find(f.backward, "tinylora_pass_backward");
    return &loaded.emplace(path, f).first->second;
}

namespace {

const float * data_of(const ggml_tensor * t) {
    return t != nullptr ? (const float *)t->data : nullptr;
}

tinylora_pass_layer describe(const layer_weights & from) {
    tinylora_pass_layer layer{data_of(from.attn_norm), data_of(from.ffn_norm), {}};
    for (int t = 0; t < module_type_count; ++t) {
        const linear_weights & w = from.linear[t];
        layer.linear[t] = {w.w->data, data_of(w.bias), data_of(w.a), data_of(w.b_t), w.adapter_index};
    }
    return layer;
}

tinylora_pass_model describe(
    const model & m, const training_weights & weights, const adapter * a,
    const std::vector<tinylora_pass_layer> & layers
) {
    const model_hparams & h = m.hparams();
    tinylora_pass_model out{};
    out.weight_type = weights.layers[0].linear[0].w->type == GGML_TYPE_F16 ? TINYLORA_PASS_F16 : TINYLORA_PASS_BF16;
    out.n_layer = h.n_layer;
    out.n_embd = h.n_embd;
    out.n_ff = h.n_ff;
    out.n_head = h.n_head;
    out.n_head_kv = h.n_head_kv;
    out.head_dim = h.head_dim;
    out.rms_epsilon = h.rms_epsilon;
    out.rope_base = h.rope_base;
    out.rope_scale = h.rope_scale;
    out.attention_scale = h.attention_scale;
    out.rope_neox = h.rope_type == GGML_ROPE_TYPE_NEOX;
    out.rope_factors = data_of(weights.rope_factors);
    out.rank = a != nullptr ? a->rank() : 0;
    out.n_adapted = a != nullptr ? (int)a->modules().size() : 0;
    out.layers = layers.data();
    return out;
}

bool has_known_layers(const training_weights & weights) {
    const ggml_type type = weights.layers[0].linear[0].w->type;
    for (const layer_weights & layer : weights.layers) {
        if (layer.q_norm != nullptr || layer.k_norm != nullptr) {
            return false;
        }
        for (int t = 0; t < module_type_count; ++t) {
            const bool biased_elsewhere = layer.linear[t].bias != nullptr && t > (int)module_type::attn_v;
            if (layer.linear[t].w->type != type || biased_elsewhere) {
                return false;
            }
        }
    }
    return type == GGML_TYPE_F16 || type == GGML_TYPE_BF16;
}

} // namespace

std::unique_ptr<device_pass>
device_pass::create(const std::string & library, const model & m, const training_weights & weights, const adapter * a) {
    const bool known_adapter = a == nullptr || a->form() == adapter_form::factored;
    if (library.empty() || !known_adapter || !has_known_layers(weights)) {
        return nullptr;
    }
    std::vector<tinylora_pass_layer> layers;
    for (const layer_weights & layer : weights.layers) {
        layers.push_back(describe(layer));
    }
    const tinylora_pass_model description = describe(m, weights, a, layers);
    std::unique_ptr<device_pass> pass(new device_pass(m, a));
    pass->f_ = functions::load(library);
    if (!pass->f_->supports(&description)) {
        return nullptr;
    }
    const char * message = nullptr;
    pass->pass_ = pass->f_->create(&description, &message);
    pass->check(message);
    return pass;
}

device_pass::~device_pass() {
    if (pass_ != nullptr) {
        f_->destroy(pass_);
    }
}

void device_pass::check(const char * message) const {
    if (message == nullptr) {
        return;
    }
    if (std::strncmp(message, "out of memory", std::strlen("out of memory")) == 0) {
        throw error(
            error_code::out_of_memory,
            "Not enough memory for the training pass. Use a smaller micro-batch, or free memory."
        );
    }
    fail_internal(std::string("The training pass failed on the device: ") + message + ".");
}

void device_pass::set_params(const float * params) {
    const size_t n = (size_t)adapter_->rank() * adapter_->rank();
    cores_.resize(adapter_->modules().size() * n);
    for (size_t i = 0; i < adapter_->modules().size(); ++i) {
        adapter_->core(i, params, cores_.data() + i * n);
    }
}

size_t device_pass::least_bytes(int n_tokens) const {
    return f_->bytes(pass_, n_tokens, 1);
}

size_t device_pass::most_bytes(int n_tokens) const {
    const model_hparams & h = model_.hparams();
    return least_bytes(n_tokens) + (size_t)h.n_layer * n_tokens * 2 * h.n_ff * sizeof(ggml_fp16_t);
}

void device_pass::forward(
    const micro_batch & b, const ggml_tensor * x, ggml_tensor * y, bool adapter_on, bool kept, size_t limit_bytes
) {
    std::vector<int32_t> entry_start, prefix_rows, own_start(b.n_tokens, 0);
    int row = 0;
    for (size_t e = 0; e < b.entries.size(); ++e) {
        entry_start.push_back(row);
        prefix_rows.push_back((int32_t)b.prefix_row[e].size());
        int within = prefix_rows.back();
        for (const auto & suffix : b.suffix_row[e]) {
            std::fill_n(own_start.begin() + row + within, suffix.size(), within);
            within += (int)suffix.size();
        }
        row += within;
    }
    entry_start.push_back(row);
    const tinylora_pass_batch batch = {b.n_tokens,         (int)b.entries.size(), b.positions.data(),
                                       entry_start.data(), prefix_rows.data(),    own_start.data()};
    check(f_->set_cores(pass_, adapter_on && adapter_ != nullptr ? cores_.data() : nullptr));
    check(f_->forward(pass_, &batch, (const float *)x->data, (float *)y->data, kept ? 1 : 0, limit_bytes));
}

void device_pass::backward(ggml_tensor * dy, std::vector<double> & core_gradient) {
    check(f_->backward(pass_, (float *)dy->data, core_gradient.data()));
}

} // namespace tinylora
