// The training pass by the kernels of native/kernels: hands them weights, batches and cores.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel-library.h"
#include "packing.h"
#include "tinylora/adapter.h"
#include "training-weights.h"

struct tinylora_pass;

namespace tinylora {

class device_pass {
public:
    // nullptr where `library` is empty or lacks kernels for these weights or this adapter: factored ones and LoRA of
    // rank at most 8, or none, on linear weights that are all float16 or all bfloat16, or that `weights` brings as
    // float16 a layer at a time. `gradients`: LoRA's, one an adapted module; else empty. Throws bad_input where the
    // library cannot be loaded.
    static std::unique_ptr<device_pass> create(
        const std::string & library, const model & m, const training_weights & weights, const adapter * a,
        const std::vector<factor_gradients> & gradients
    );
    ~device_pass();

    // The cores at θ, which the next forward with the adapter uses.
    void set_params(const float * params);

    // Bytes of a micro-batch with all that a backward reads, or with the least of it.
    size_t most_bytes(int n_tokens) const;
    size_t least_bytes(int n_tokens) const;

    // x, y: F32 {n_embd, N} on the device, whose pending work is done. See native/kernels/kernels.h.
    void forward(
        const micro_batch & b, const ggml_tensor * x, ggml_tensor * y, bool adapter_on, bool kept, size_t limit_bytes
    );
    // dy F32 {n_embd, N} is overwritten; core_gradient [entry][rank, rank] is added to; empty for LoRA, whose gradients
    // are added on the device.
    void backward(ggml_tensor * dy, std::vector<double> & core_gradient);

private:
    device_pass(const model & m, const training_weights & weights, const adapter * a)
        : model_(m), adapter_(a), bringer_(weights) {}
    void check(const char * message);

    const model & model_;
    const adapter * adapter_;
    layer_bringer bringer_;
    const kernel_library * f_ = nullptr;
    tinylora_pass * pass_ = nullptr;
    std::vector<float> cores_;
};

} // namespace tinylora
