// Entry of the native addon: the class Session and what needs no session (see index.d.ts). Engine process.
#include <napi.h>

#include "argument.h"
#include "backends.h"
#include "errors.h"
#include "ggml.h"
#include "llama.h"
#include "results.h"
#include "session_object.h"
#include "tinylora/log.h"
#include "tinylora/philox.h"
#include "version.h"

namespace binding {

// philox(key: [2], counter: [4]) → Uint32Array(4)
static Napi::Value philox(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&] {
        const argument key(info[0], "key"), counter(info[1], "counter");
        if (key.length() != 2) {
            key.fail("an array of 2 numbers");
        }
        if (counter.length() != 4) {
            counter.fail("an array of 4 numbers");
        }
        const auto word = [](const argument & list, uint32_t index) { return static_cast<uint32_t>(list.element(index).integer(0, UINT32_MAX)); };
        const tinylora::philox_block block =
            tinylora::philox4x32({word(key, 0), word(key, 1)}, {word(counter, 0), word(counter, 1), word(counter, 2), word(counter, 3)});
        Napi::Uint32Array words = Napi::Uint32Array::New(info.Env(), block.size());
        for (size_t i = 0; i < block.size(); i++) {
            words[i] = block[i];
        }
        return words;
    });
}

// projectionNormals(seed, moduleName, count) → Float64Array(count)
static Napi::Value projection_normals(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&] {
        const auto seed = static_cast<uint64_t>(argument(info[0], "seed").integer(0, 1ll << 53));
        const std::string name = argument(info[1], "moduleName").text();
        const auto count = static_cast<size_t>(argument(info[2], "count").integer(0, 1ll << 32));
        return float64_array(info.Env(), tinylora::projection_normals(seed, name, count));
    });
}

// devices(backendDir) → device list; what failed to load is in it with kind `failed` and the reason as description
static Napi::Value devices(const Napi::CallbackInfo & info) {
    return guarded(info.Env(), [&] { return device_list(info.Env(), list_devices(argument(info[0], "backendDir").non_empty_text())); });
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
    tinylora::install_log();
    exports.Set("Session", session_object::define(env));
    exports.Set("philox", Napi::Function::New<philox>(env, "philox"));
    exports.Set("projectionNormals", Napi::Function::New<projection_normals>(env, "projectionNormals"));
    exports.Set("devices", Napi::Function::New<devices>(env, "devices"));
    Napi::Object versions = Napi::Object::New(env);
    versions.Set("ggml", ggml_version());
    versions.Set("llama", llama_version());
    versions.Set("addon", addon_version);
    exports.Set("versions", versions);
    return exports;
}

} // namespace binding

static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) { return binding::init(env, exports); }
NODE_API_MODULE(tinylora, initialise_addon)
