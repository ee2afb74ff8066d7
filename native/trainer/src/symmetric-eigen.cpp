// Cyclic Jacobi (Golub & Van Loan, Matrix Computations, §8.5): slow for large n, exact to rounding for the small ones here.
#include "symmetric-eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tinylora {

namespace {

double off_diagonal(const std::vector<double> & a, int n) {
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < i; ++j) {
            sum += 2 * a[i * n + j] * a[i * n + j];
        }
    }
    return sum;
}

// Zeroes a[p][q]; `v_t` holds the eigenvectors as rows while iterating, so that rotations touch contiguous memory.
void rotate(std::vector<double> & a, std::vector<double> & v_t, int n, int p, int q) {
    const double apq = a[p * n + q];
    const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    const double t = (theta >= 0 ? 1.0 : -1.0) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
    const double c = 1 / std::sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; ++k) {
        const double akp = a[k * n + p], akq = a[k * n + q];
        a[k * n + p] = c * akp - s * akq;
        a[k * n + q] = s * akp + c * akq;
    }
    for (int k = 0; k < n; ++k) {
        const double apk = a[p * n + k], aqk = a[q * n + k];
        a[p * n + k] = c * apk - s * aqk;
        a[q * n + k] = s * apk + c * aqk;
        const double vp = v_t[p * n + k], vq = v_t[q * n + k];
        v_t[p * n + k] = c * vp - s * vq;
        v_t[q * n + k] = s * vp + c * vq;
    }
}

}  // namespace

symmetric_eigen eigen_symmetric(std::vector<double> a, int n) {
    std::vector<double> v_t((size_t) n * n, 0.0);
    double norm = 0;
    for (int i = 0; i < n; ++i) {
        v_t[i * n + i] = 1;
        for (int j = 0; j < n; ++j) {
            norm += a[i * n + j] * a[i * n + j];
        }
    }
    const int max_sweeps = 40;
    for (int sweep = 0; sweep < max_sweeps && off_diagonal(a, n) > 1e-30 * norm; ++sweep) {
        for (int p = 0; p < n - 1; ++p) {
            for (int q = p + 1; q < n; ++q) {
                if (std::fabs(a[p * n + q]) > 1e-300) {
                    rotate(a, v_t, n, p, q);
                }
            }
        }
    }
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int i, int j) { return a[i * n + i] > a[j * n + j]; });
    symmetric_eigen out;
    out.values.resize(n);
    out.vectors.resize((size_t) n * n);
    for (int k = 0; k < n; ++k) {
        out.values[k] = a[order[k] * n + order[k]];
        for (int i = 0; i < n; ++i) {
            out.vectors[i * n + k] = v_t[order[k] * n + i];
        }
    }
    return out;
}

}  // namespace tinylora
