// Leading eigenpairs of a symmetric band matrix in double: bisection on the inertia, then inverse iteration. For a few of
// them this costs O(n · width²) each, where a whole decomposition costs O(n³).
#pragma once

#include <vector>

namespace tinylora {

struct band_matrix {
    int n = 0;
    int width = 0;              // entries (i, j) with |i − j| > width are zero
    std::vector<double> upper;  // row-major [n, width + 1]: entry (j − d, j) at [j, d]; those outside the matrix are not read

    double at(int i, int j) const;
};

struct leading_eigen {
    std::vector<double> values;                // [count], descending
    std::vector<std::vector<double>> vectors;  // [count][n], orthonormal
};

// count ≤ n.
leading_eigen leading_eigenpairs(const band_matrix & matrix, int count);

}  // namespace tinylora
