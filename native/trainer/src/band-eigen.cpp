#include "band-eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz.h"
#include "tinylora/philox.h"

namespace tinylora {

namespace {

constexpr double k_epsilon = std::numeric_limits<double>::epsilon();

// Largest absolute row sum; it bounds every eigenvalue.
double norm_of(const band_matrix & m) {
    double norm = 1e-200;  // so that zeros have a scale too
    for (int i = 0; i < m.n; ++i) {
        double sum = 0;
        for (int j = std::max(0, i - m.width); j <= std::min(m.n - 1, i + m.width); ++j) {
            sum += std::fabs(m.at(i, j));
        }
        norm = std::max(norm, sum);
    }
    return norm;
}

// Number of eigenvalues above x: the positive pivots of M − x I (Sylvester). Without pivoting, so that near an eigenvalue
// of a leading submatrix the count may be that of a neighbouring x; inverse iteration mends what bisection then misses.
int count_above(const band_matrix & m, double x, double tiny) {
    const int stride = m.width + 1;
    std::vector<double> a = m.upper;
    int count = 0;
    for (int j = 0; j < m.n; ++j) {
        double pivot = a[(size_t) j * stride] - x;
        if (std::fabs(pivot) < tiny) {
            pivot = -tiny;
        }
        count += pivot > 0;
        const int last = std::min(m.n - 1, j + m.width);
        for (int i = j + 1; i <= last; ++i) {
            const double factor = a[(size_t) i * stride + (i - j)] / pivot;
            for (int k = i; k <= last; ++k) {
                a[(size_t) k * stride + (k - i)] -= factor * a[(size_t) k * stride + (k - j)];
            }
        }
    }
    return count;
}

// The k-th largest eigenvalue (from 0), at most `upper`.
double bisect(const band_matrix & m, int k, double upper, double norm) {
    double low = -norm, high = upper;
    while (high - low > 4 * k_epsilon * norm) {
        const double middle = low + (high - low) / 2;
        (count_above(m, middle, k_epsilon * k_epsilon * norm) > k ? low : high) = middle;
    }
    return high;
}

// x ← (M − shift I)⁻¹ x by elimination with partial pivoting; a vanishing pivot is replaced by `tiny`.
void solve_shifted(const band_matrix & m, double shift, double tiny, std::vector<double> & x) {
    const int w = m.width, stride = 3 * w + 1;  // row i: columns i − w … i + 2w
    std::vector<double> a((size_t) m.n * stride, 0.0);
    auto entry = [&](int i, int j) -> double & { return a[(size_t) i * stride + (j - i + w)]; };
    for (int i = 0; i < m.n; ++i) {
        for (int j = std::max(0, i - w); j <= std::min(m.n - 1, i + w); ++j) {
            entry(i, j) = m.at(i, j) - (i == j ? shift : 0.0);
        }
    }
    for (int j = 0; j < m.n; ++j) {
        const int last_row = std::min(m.n - 1, j + w), last_column = std::min(m.n - 1, j + 2 * w);
        int best = j;
        for (int i = j + 1; i <= last_row; ++i) {
            best = std::fabs(entry(i, j)) > std::fabs(entry(best, j)) ? i : best;
        }
        if (best != j) {
            for (int c = j; c <= last_column; ++c) {
                std::swap(entry(j, c), entry(best, c));
            }
            std::swap(x[j], x[best]);
        }
        if (std::fabs(entry(j, j)) < tiny) {
            entry(j, j) = tiny;
        }
        for (int i = j + 1; i <= last_row; ++i) {
            const double factor = entry(i, j) / entry(j, j);
            for (int c = j + 1; c <= last_column; ++c) {
                entry(i, c) -= factor * entry(j, c);
            }
            x[i] -= factor * x[j];
        }
    }
    for (int j = m.n - 1; j >= 0; --j) {
        for (int c = j + 1; c <= std::min(m.n - 1, j + 2 * w); ++c) {
            x[j] -= entry(j, c) * x[c];
        }
        x[j] /= entry(j, j);
    }
}

double rayleigh_quotient(const band_matrix & m, const std::vector<double> & x) {
    double sum = 0;
    for (int i = 0; i < m.n; ++i) {
        for (int j = std::max(0, i - m.width); j <= std::min(m.n - 1, i + m.width); ++j) {
            sum += x[i] * m.at(i, j) * x[j];
        }
    }
    return sum;
}

}  // namespace

double band_matrix::at(int i, int j) const { return upper[(size_t) std::max(i, j) * (width + 1) + std::abs(i - j)]; }

leading_eigen leading_eigenpairs(const band_matrix & m, int count) {
    const double norm = norm_of(m), tiny = k_epsilon * norm;
    std::vector<std::pair<double, int>> order;
    vector_block found;
    double shift = norm;
    for (int k = 0; k < count; ++k) {
        shift = bisect(m, k, shift, norm);
        std::vector<double> x = projection_normals((uint64_t) k, "inverse iteration", (size_t) m.n);
        const int solves = 3;
        for (int s = 0; s < solves; ++s) {
            solve_shifted(m, shift, tiny, x);
            const double largest = std::fabs(*std::max_element(x.begin(), x.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); }));
            for (double & value : x) {
                value /= largest;
            }
            vector_block block = {std::move(x)};
            orthonormalise(block, found, 0.0);
            x = std::move(block[0]);
        }
        order.push_back({-rayleigh_quotient(m, x), k});
        found.push_back(std::move(x));
    }
    std::sort(order.begin(), order.end());
    leading_eigen out;
    for (const auto & [negative, k] : order) {
        out.values.push_back(-negative);
        out.vectors.push_back(std::move(found[k]));
    }
    return out;
}

}  // namespace tinylora
