// One row of a merge: W + ΔW rounded to the weight's type, and what became of ΔW. Shared with the test (engine process).
#pragma once

#include <cstdint>

#include "ggml.h"

namespace tinylora {

struct merge_sums {
    double applied_dot_delta = 0;
    double delta_squared = 0;
    int64_t changed = 0;
    int64_t entries = 0;

    void add(const merge_sums & other) {
        applied_dot_delta += other.applied_dot_delta;
        delta_squared += other.delta_squared;
        changed += other.changed;
        entries += other.entries;
    }
    // ⟨applied, ΔW⟩ / ‖ΔW‖²
    double fidelity() const { return delta_squared > 0 ? applied_dot_delta / delta_squared : 1; }
    double changed_fraction() const { return entries > 0 ? double(changed) / double(entries) : 0; }
};

// F32, F16 and BF16 alone.
void row_to_float(ggml_type type, const uint8_t * source, float * target, int64_t count);
// Rounds to nearest even.
void row_from_float(ggml_type type, const float * source, uint8_t * target, int64_t count);
// merged = pristine + delta in the weight's type.
merge_sums merge_row(ggml_type type, const uint8_t * pristine, const float * delta, uint8_t * merged, int64_t count);

} // namespace tinylora
