// Thread pools of the CPU backend, reached through its registry since the backend is loaded at run time (engine process).
#include "rollout-threadpool.h"

#include "ggml-backend.h"

namespace tinylora {

namespace {

template <typename function> function * cpu_function(const char * name) {
    ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (device == nullptr) {
        return nullptr;
    }
    return reinterpret_cast<function *>(ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name));
}

} // namespace

ggml_threadpool_t new_cpu_threadpool(int threads) {
    auto * create = cpu_function<ggml_threadpool_t(ggml_threadpool_params *)>("ggml_threadpool_new");
    if (threads < 2 || create == nullptr) {
        return nullptr;
    }
    ggml_threadpool_params params = ggml_threadpool_params_default(threads);
    return create(&params);
}

void free_cpu_threadpool(ggml_threadpool_t threadpool) {
    if (threadpool != nullptr) {
        cpu_function<void(ggml_threadpool_t)>("ggml_threadpool_free")(threadpool);
    }
}

} // namespace tinylora
