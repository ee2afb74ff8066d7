// AdamW as PyTorch's (bias-corrected, decoupled decay), float32 state, with the two storage-precision modes of figure 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinylora {

enum class storage_precision { fp32, bf16, fp16 };

struct adamw_options {
    double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0, clip_norm = 1.0;
    storage_precision precision = storage_precision::fp32;
    bool round_on_use = false;  // false: rounded after each step
};

struct optim_step_result {
    double gradient_norm;   // L2, before clipping
    double parameter_norm;  // after the step
    double update_norm;
};

class adamw {
public:
    void reset(size_t n_params);
    // Steps `params` (the float32 master) in place.
    optim_step_result step(std::vector<float> & params, const std::vector<double> & gradient, const adamw_options & options);

    std::vector<float> first_moment, second_moment;
    int64_t steps = 0;
};

float round_to(storage_precision precision, float value);
std::vector<float> params_in_use(const std::vector<float> & params, const adamw_options & options);

} // namespace tinylora
