// b · core of one adapted module: what merging and the rollouts of a single lane multiply with a (engine process).
#pragma once

#include <cstddef>
#include <vector>

#include "tinylora/adapter.h"

namespace tinylora {

// b_O_R · core_R_R of entry `index` at θ, row-major [out, rank]. Paper eq. 3: UΣ · R; eq. 1: scale · B.
inline std::vector<float> folded_b(const adapter & a, size_t index, const float * params) {
    const std::vector<float> & b = a.modules()[index].b;
    std::vector<float> folded(b.size());
    if (a.form() == adapter_form::low_rank) {
        for (size_t i = 0; i < b.size(); i++) {
            folded[i] = a.scale() * b[i];
        }
        return folded;
    }
    const size_t rank = size_t(a.rank());
    std::vector<float> core(rank * rank);
    a.core(index, params, core.data());
    for (size_t row = 0; row < b.size(); row += rank) {
        for (size_t column = 0; column < rank; column++) {
            double sum = 0;
            for (size_t k = 0; k < rank; k++) {
                sum += double(b[row + k]) * core[k * rank + column];
            }
            folded[row + column] = float(sum);
        }
    }
    return folded;
}

} // namespace tinylora
