// Loads the library of native/kernels and describes a model to it.
#include "kernel-library.h"

#include <cstring>
#include <map>
#include <utility>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "tinylora/error.h"

namespace tinylora {

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

const kernel_library * kernel_library::load(const std::string & path) {
    static std::map<std::string, kernel_library> loaded;
    if (const auto known = loaded.find(path); known != loaded.end()) {
        return &known->second;
    }
    const std::string remedy = ". Build it again with npm run build:cuda, or remove the file to train without it.";
    void * library = open_library(path);
    if (library == nullptr) {
        fail_input("The library of our own kernels cannot be loaded: " + library_error() + remedy);
    }
    kernel_library f{};
    auto find = [&](auto & function, const char * name) {
        void * found = find_function(library, name);
        if (found == nullptr) {
            fail_input("The library of our own kernels, " + path + ", has no " + name + remedy);
        }
        std::memcpy(&function, &found, sizeof function);
    };
    find(f.supports, "tinylora_kernel_supports");
    find(f.create, "tinylora_pass_create");
    find(f.destroy, "tinylora_pass_destroy");
    find(f.set_cores, "tinylora_pass_set_cores");
    find(f.bytes, "tinylora_pass_bytes");
    find(f.forward, "tinylora_pass_forward");
    find(f.backward, "tinylora_pass_backward");
    find(f.create_decoder, "tinylora_decoder_create");
    find(f.destroy_decoder, "tinylora_decoder_destroy");
    find(f.reserve_decoder, "tinylora_decoder_reserve");
    find(f.set_decoder_cores, "tinylora_decoder_set_cores");
    find(f.prefill, "tinylora_decoder_prefill");
    find(f.step, "tinylora_decoder_step");
    find(f.wait, "tinylora_decoder_wait");
    find(f.read_logits, "tinylora_decoder_read_logits");
    find(f.set_token, "tinylora_decoder_set_token");
    return &loaded.emplace(path, f).first->second;
}

namespace {

const float * data_of(const ggml_tensor * t) {
    return t != nullptr ? (const float *)t->data : nullptr;
}

tinylora_kernel_layer describe(const layer_weights & from, const std::vector<factor_gradients> & gradients) {
    tinylora_kernel_layer layer{data_of(from.attn_norm), data_of(from.ffn_norm), {}};
    for (int t = 0; t < module_type_count; ++t) {
        const linear_weights & w = from.linear[t];
        const bool is_trained = w.a != nullptr && !gradients.empty();
        const factor_gradients g = is_trained ? gradients[w.adapter_index] : factor_gradients{};
        layer.linear[t] = {w.w->data, data_of(w.bias), data_of(w.a), data_of(w.b_t), w.adapter_index, g.a, g.b};
    }
    return layer;
}

} // namespace

tinylora_kernel_model describe_layers(
    const model & m, const training_weights & weights, const adapter * a,
    const std::vector<factor_gradients> & gradients, std::vector<tinylora_kernel_layer> & layers
) {
    layers.clear();
    for (const layer_weights & layer : weights.layers) {
        layers.push_back(describe(layer, gradients));
    }
    const model_hparams & h = m.hparams();
    tinylora_kernel_model out{};
    out.weight_type = weights.layers[0].linear[0].w->type == GGML_TYPE_F16 ? TINYLORA_KERNEL_F16 : TINYLORA_KERNEL_BF16;
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

void layer_bringer::attach(tinylora_kernel_model & layers) {
    if (weights_.brings_layers()) {
        layers.bring_layer = bring;
        layers.user = this;
    }
}

int layer_bringer::bring(void * self, int layer) {
    layer_bringer & bringer = *static_cast<layer_bringer *>(self);
    try {
        bringer.weights_.bring_layer(layer);
        return 1;
    } catch (...) {
        bringer.failure_ = std::current_exception();
        return 0;
    }
}

void layer_bringer::check() {
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
}

void check_call(const char * message, const char * out_of_memory) {
    if (message == nullptr) {
        return;
    }
    if (std::strncmp(message, "out of memory", std::strlen("out of memory")) == 0) {
        throw error(error_code::out_of_memory, out_of_memory);
    }
    fail_internal(std::string("Our own kernels failed on the device: ") + message + ".");
}

} // namespace tinylora
