// AdamW over the flat parameters; arithmetic in double, state in float32.
#include "tinylora/optimiser.h"

#include <cmath>
#include <cstring>

#include "ggml.h"
#include "parallel.h"

namespace tinylora {

float round_to(storage_precision precision, float value) {
    switch (precision) {
        case storage_precision::bf16: return ggml_bf16_to_fp32(ggml_fp32_to_bf16(value));
        case storage_precision::fp16: return ggml_fp16_to_fp32(ggml_fp32_to_fp16(value));
        case storage_precision::fp32: break;
    }
    return value;
}

std::vector<float> params_in_use(const std::vector<float> & params, const adamw_options & options) {
    std::vector<float> out = params;
    if (options.precision != storage_precision::fp32) {
        for (float & value : out) {
            value = round_to(options.precision, value);
        }
    }
    return out;
}

void adamw::reset(size_t n_params) {
    first_moment.assign(n_params, 0.0f);
    second_moment.assign(n_params, 0.0f);
    steps = 0;
}

// Sums of one range of the parameters, added up in the order of the ranges.
struct range_sums {
    double gradient = 0, parameter = 0, update = 0;  // of squares
};

optim_step_result adamw::step(std::vector<float> & params, const std::vector<double> & gradient, const adamw_options & options) {
    std::vector<range_sums> ranges(range_count(params.size()));
    for_ranges(params.size(), [&](size_t range, size_t first, size_t last) {
        for (size_t i = first; i < last; ++i) {
            ranges[range].gradient += gradient[i] * gradient[i];
        }
    });
    double squared = 0;
    for (const range_sums & r : ranges) {
        squared += r.gradient;
    }
    optim_step_result result{std::sqrt(squared), 0, 0};
    // Paper §5.1: gradient clipping by the L2 norm over all of v.
    const double clip = options.clip_norm > 0 ? std::fmin(1.0, options.clip_norm / (result.gradient_norm + 1e-6)) : 1.0;

    steps += 1;
    const double correction1 = 1.0 - std::pow(options.beta1, (double) steps);
    const double correction2 = 1.0 - std::pow(options.beta2, (double) steps);
    for_ranges(params.size(), [&](size_t range, size_t first, size_t last) {
        range_sums sums;
        for (size_t i = first; i < last; ++i) {
            const double g = gradient[i] * clip;
            const double m = options.beta1 * first_moment[i] + (1.0 - options.beta1) * g;
            const double v = options.beta2 * second_moment[i] + (1.0 - options.beta2) * g * g;
            first_moment[i] = (float) m;
            second_moment[i] = (float) v;
            const double decayed = params[i] * (1.0 - options.learning_rate * options.weight_decay);
            float next = (float) (decayed - options.learning_rate * (m / correction1) / (std::sqrt(v / correction2) + options.epsilon));
            if (!options.round_on_use) {
                next = round_to(options.precision, next);
            }
            const double update = (double) next - params[i];
            params[i] = next;
            sums.parameter += (double) next * next;
            sums.update += update * update;
        }
        ranges[range] = sums;
    });
    double parameter_squared = 0, update_squared = 0;
    for (const range_sums & r : ranges) {
        parameter_squared += r.parameter;
        update_squared += r.update;
    }
    result.parameter_norm = std::sqrt(parameter_squared);
    result.update_norm = std::sqrt(update_squared);
    return result;
}

}  // namespace tinylora
