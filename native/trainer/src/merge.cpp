// Merged mode: W + ΔW in the live weights, as the paper samples. Runs in the engine process.
// Rounding to the weight's type eats part of a small update; the report says how much arrived.
#include "tinylora/merge.h"

#include <algorithm>

#include "fold.h"
#include "ggml-backend.h"
#include "merge-rows.h"

namespace tinylora {

namespace {

bool can_hold_sum(ggml_type type) {
    return type == GGML_TYPE_F32 || type == GGML_TYPE_F16 || type == GGML_TYPE_BF16;
}

// Adds ΔW = folded · a to one weight: reads `pristine`, writes `merged`, both in the weight's type.
merge_sums merge_weight(const linear_module & module, const std::vector<float> & folded, const std::vector<float> & a,
                        const std::vector<uint8_t> & pristine, std::vector<uint8_t> & merged) {
    const ggml_type type = module.weight->type;
    const size_t row_bytes = ggml_row_size(type, module.n_in);
    const size_t n_in = size_t(module.n_in);
    const size_t rank = a.size() / n_in;
    std::vector<float> delta(n_in);
    merge_sums sums;

    for (size_t row = 0; row < size_t(module.n_out); row++) {
        std::fill(delta.begin(), delta.end(), 0.0f);
        for (size_t k = 0; k < rank; k++) {
            const float factor = folded[row * rank + k];
            const float * a_row = a.data() + k * n_in;
            for (size_t i = 0; i < n_in; i++) {
                delta[i] += factor * a_row[i];
            }
        }
        sums.add(merge_row(type, pristine.data() + row * row_bytes, delta.data(), merged.data() + row * row_bytes, module.n_in));
    }
    return sums;
}

} // namespace

void row_to_float(ggml_type type, const uint8_t * source, float * target, int64_t count) {
    if (type == GGML_TYPE_F32) {
        const float * values = reinterpret_cast<const float *>(source);
        std::copy_n(values, count, target);
    } else if (type == GGML_TYPE_F16) {
        ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t *>(source), target, count);
    } else {
        ggml_bf16_to_fp32_row(reinterpret_cast<const ggml_bf16_t *>(source), target, count);
    }
}

void row_from_float(ggml_type type, const float * source, uint8_t * target, int64_t count) {
    if (type == GGML_TYPE_F32) {
        std::copy_n(source, count, reinterpret_cast<float *>(target));
    } else if (type == GGML_TYPE_F16) {
        ggml_fp32_to_fp16_row(source, reinterpret_cast<ggml_fp16_t *>(target), count);
    } else {
        ggml_fp32_to_bf16_row(source, reinterpret_cast<ggml_bf16_t *>(target), count);
    }
}

merge_sums merge_row(ggml_type type, const uint8_t * pristine, const float * delta, uint8_t * merged, int64_t count) {
    static thread_local std::vector<float> before, after;
    before.resize(size_t(count));
    after.resize(size_t(count));
    row_to_float(type, pristine, before.data(), count);
    for (size_t i = 0; i < size_t(count); i++) {
        after[i] = before[i] + delta[i];
    }
    row_from_float(type, after.data(), merged, count);
    row_to_float(type, merged, after.data(), count);

    merge_sums sums;
    sums.entries = count;
    for (size_t i = 0; i < size_t(count); i++) {
        sums.applied_dot_delta += (double(after[i]) - before[i]) * delta[i];
        sums.delta_squared += double(delta[i]) * delta[i];
        sums.changed += after[i] != before[i];
    }
    return sums;
}

merger::merger(const model & m, const adapter & a) : model_(m), adapter_(a) {
    if (a.form() == adapter_form::dense) {
        fail_input("Full fine-tuning has nothing to merge: its numbers are the weights themselves.");
    }
    for (const module_factors & factors : a.modules()) {
        const linear_module & module = m.modules()[factors.module];
        if (!can_hold_sum(module.weight->type)) {
            fail_input("Tensor " + module.name + ".weight of " + m.options().path + " has type " + ggml_type_name(module.weight->type) +
                       ": a small update would vanish in a quantised weight. Use rollout mode \"adapter\" instead of \"merged\".");
        }
    }
    for (const module_factors & factors : a.modules()) {
        const ggml_tensor * weight = m.modules()[factors.module].weight;
        pristine_.emplace_back(ggml_nbytes(weight));
        ggml_backend_tensor_get(weight, pristine_.back().data(), 0, pristine_.back().size());
    }
}

merger::~merger() {
    restore();
}

merge_report merger::apply(const std::vector<float> & params) {
    merge_report report;
    merge_sums all;
    std::vector<uint8_t> merged;

    applied_ = true;
    for (size_t index = 0; index < adapter_.modules().size(); index++) {
        const module_factors & factors = adapter_.modules()[index];
        const linear_module & module = model_.modules()[factors.module];
        merged.resize(pristine_[index].size());
        const merge_sums sums =
            merge_weight(module, folded_b(adapter_, index, params.data()), factors.a, pristine_[index], merged);
        ggml_backend_tensor_set(module.weight, merged.data(), 0, merged.size());
        report.modules.push_back({module.name, sums.fidelity(), sums.changed_fraction()});
        all.add(sums);
    }
    report.fidelity = all.fidelity();
    report.changed_fraction = all.changed_fraction();
    return report;
}

void merger::restore() {
    if (!applied_) {
        return;
    }
    for (size_t index = 0; index < pristine_.size(); index++) {
        ggml_tensor * weight = model_.modules()[adapter_.modules()[index].module].weight;
        ggml_backend_tensor_set(weight, pristine_[index].data(), 0, pristine_[index].size());
    }
    applied_ = false;
}

} // namespace tinylora
