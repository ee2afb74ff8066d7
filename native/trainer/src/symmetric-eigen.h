// Eigen-decomposition of a small symmetric matrix in double: Householder tridiagonalisation, then implicit QL.
#pragma once

#include <vector>

namespace tinylora {

struct symmetric_eigen {
    std::vector<double> values;   // descending
    std::vector<double> vectors;  // row-major [n, n]; vector k is column k
};

// `matrix` row-major [n, n], symmetric; consumed.
symmetric_eigen eigen_symmetric(std::vector<double> matrix, int n);

}  // namespace tinylora
