// Householder tridiagonalisation and QL with implicit shifts (Golub & Van Loan, Matrix Computations, §8.3).
#include "symmetric-eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tinylora {

namespace {

// A = Q T Qᵀ. On return `a` holds Qᵀ row-major (row k: the k-th column of Q), `diagonal` and `off` T's entries
// (off[i] couples i and i + 1).
void tridiagonalise(std::vector<double> & a, int n, std::vector<double> & diagonal, std::vector<double> & off) {
    std::vector<double> q_t((size_t) n * n, 0.0), v(n), p(n);
    for (int i = 0; i < n; ++i) {
        q_t[(size_t) i * n + i] = 1;
    }
    for (int k = 0; k + 2 < n; ++k) {
        double norm = 0;
        for (int i = k + 1; i < n; ++i) {
            v[i] = a[(size_t) i * n + k];
            norm += v[i] * v[i];
        }
        norm = std::sqrt(norm);
        if (norm == 0) {
            continue;
        }
        v[k + 1] += v[k + 1] >= 0 ? norm : -norm;
        double squared = 0;
        for (int i = k + 1; i < n; ++i) {
            squared += v[i] * v[i];
        }
        const double beta = 2 / squared;
        // A ← H A H on the trailing block, H = I − β v vᵀ, as the rank-2 update A − v wᵀ − w vᵀ.
        double vp = 0;
        for (int i = k; i < n; ++i) {
            double sum = 0;
            for (int j = k + 1; j < n; ++j) {
                sum += a[(size_t) i * n + j] * v[j];
            }
            p[i] = beta * sum;
            vp += i > k ? p[i] * v[i] : 0;
        }
        v[k] = 0;
        for (int i = k; i < n; ++i) {
            p[i] -= 0.5 * beta * vp * v[i];
        }
        for (int i = k; i < n; ++i) {
            for (int j = k; j < n; ++j) {
                a[(size_t) i * n + j] -= v[i] * p[j] + p[i] * v[j];
            }
        }
        // Qᵀ ← H Qᵀ.
        std::vector<double> row(n, 0.0);
        for (int i = k + 1; i < n; ++i) {
            for (int j = 0; j < n; ++j) {
                row[j] += v[i] * q_t[(size_t) i * n + j];
            }
        }
        for (int i = k + 1; i < n; ++i) {
            for (int j = 0; j < n; ++j) {
                q_t[(size_t) i * n + j] -= beta * v[i] * row[j];
            }
        }
    }
    for (int i = 0; i < n; ++i) {
        diagonal[i] = a[(size_t) i * n + i];
        off[i] = i + 1 < n ? a[(size_t) (i + 1) * n + i] : 0.0;
    }
    a = std::move(q_t);
}

// One implicit QL sweep on the unreduced block [l, m]; rotations are applied to the rows of `q_t`.
void ql_sweep(std::vector<double> & d, std::vector<double> & e, std::vector<double> & q_t, int n, int l, int m) {
    double g = (d[l + 1] - d[l]) / (2 * e[l]);
    double r = std::hypot(g, 1.0);
    g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
    double s = 1, c = 1, p = 0;
    for (int i = m - 1; i >= l; --i) {
        double f = s * e[i];
        const double b = c * e[i];
        r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        double * low = q_t.data() + (size_t) i * n;
        double * high = low + n;
        for (int k = 0; k < n; ++k) {
            f = high[k];
            high[k] = s * low[k] + c * f;
            low[k] = c * low[k] - s * f;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

void diagonalise(std::vector<double> & d, std::vector<double> & e, std::vector<double> & q_t, int n) {
    const int max_sweeps = 60;
    for (int l = 0; l < n; ++l) {
        for (int sweep = 0; sweep < max_sweeps; ++sweep) {
            int m = l;
            while (m + 1 < n && std::fabs(e[m]) > std::numeric_limits<double>::epsilon() * (std::fabs(d[m]) + std::fabs(d[m + 1]))) {
                m++;
            }
            if (m == l) {
                break;
            }
            ql_sweep(d, e, q_t, n, l, m);
        }
    }
}

}  // namespace

symmetric_eigen eigen_symmetric(std::vector<double> a, int n) {
    std::vector<double> diagonal(n), off(n);
    tridiagonalise(a, n, diagonal, off);
    diagonalise(diagonal, off, a, n);
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int i, int j) { return diagonal[i] > diagonal[j]; });
    symmetric_eigen out;
    out.values.resize(n);
    out.vectors.resize((size_t) n * n);
    for (int k = 0; k < n; ++k) {
        out.values[k] = diagonal[order[k]];
        for (int i = 0; i < n; ++i) {
            out.vectors[(size_t) i * n + k] = a[(size_t) order[k] * n + i];
        }
    }
    return out;
}

}  // namespace tinylora
