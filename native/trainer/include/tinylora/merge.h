// Merged mode: W + ΔW written into the live F32, F16 or BF16 weights, and the base restored bit for bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tinylora/adapter.h"
#include "tinylora/model.h"

namespace tinylora {

struct merge_module_report {
    std::string name;
    double fidelity;          // ⟨applied, ΔW⟩ / ‖ΔW‖²; 1 where ΔW = 0
    double changed_fraction;  // of the entries
};

struct merge_report {
    std::vector<merge_module_report> modules;
    double fidelity = 1;          // over all modules together
    double changed_fraction = 0;
};

class merger {
public:
    // Throws bad_input naming the tensor, its type and adapter mode when a weight is quantised.
    merger(const model & m, const adapter & a);
    ~merger();
    merger(const merger &) = delete;

    // Writes W + ΔW(θ), rounded to nearest even in the weight's type, from the pristine copy.
    merge_report apply(const std::vector<float> & params);
    void restore();
    bool applied() const { return applied_; }

private:
    const model & model_;
    const adapter & adapter_;
    std::vector<std::vector<uint8_t>> pristine_;  // bytes of each adapted weight
    bool applied_ = false;
};

} // namespace tinylora
