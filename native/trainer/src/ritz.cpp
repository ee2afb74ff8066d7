#include "ritz.h"

#include <algorithm>
#include <cmath>

#include "tinylora/philox.h"

namespace tinylora {

double dot(const double * a, const double * b, int64_t n) {
    double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        sum0 += a[i] * b[i];
        sum1 += a[i + 1] * b[i + 1];
        sum2 += a[i + 2] * b[i + 2];
        sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; ++i) {
        sum0 += a[i] * b[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
}

void axpy(double scale, const double * x, double * y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        y[i] += scale * x[i];
    }
}

void orthonormalise(vector_block & block, const vector_block & basis, double scale) {
    vector_block kept;
    for (auto & v : block) {
        const int64_t n = (int64_t) v.size();
        for (int pass = 0; pass < 2; ++pass) {
            for (const auto & q : basis) {
                axpy(-dot(q.data(), v.data(), n), q.data(), v.data(), n);
            }
            for (const auto & q : kept) {
                axpy(-dot(q.data(), v.data(), n), q.data(), v.data(), n);
            }
        }
        const double norm = std::sqrt(dot(v.data(), v.data(), n));
        if (norm > 1e-12 * scale) {
            for (double & value : v) {
                value /= norm;
            }
            kept.push_back(std::move(v));
        }
    }
    block = std::move(kept);
}

vector_block start_block(const std::string & name, int count, int64_t n) {
    const uint64_t seed = 0x7461627365737631ull;  // any constant does
    vector_block block(count, std::vector<double>(n));
    const std::vector<double> start = projection_normals(seed, name, (size_t) count * n);
    for (int k = 0; k < count; ++k) {
        std::copy_n(start.begin() + k * n, n, block[k].begin());
    }
    orthonormalise(block, {}, 1.0);
    return block;
}

ritz rayleigh_ritz(const vector_block & images) {
    const int n = (int) images.size();
    std::vector<double> t((size_t) n * n);
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= i; ++j) {
            t[i * n + j] = t[j * n + i] = dot(images[i].data(), images[j].data(), (int64_t) images[i].size());
        }
    }
    return {eigen_symmetric(std::move(t), n), n};
}

std::vector<double> combine(const vector_block & vectors, const symmetric_eigen & eigen, int n, int k) {
    std::vector<double> out(vectors[0].size(), 0.0);
    for (int i = 0; i < n; ++i) {
        axpy(eigen.vectors[i * n + k], vectors[i].data(), out.data(), (int64_t) out.size());
    }
    return out;
}

module_basis assemble(bool swapped, const vector_block & basis, const vector_block & images, const ritz & r, int rank, int64_t n_out,
                      int64_t n_in) {
    module_basis out;
    out.u_s.resize((size_t) n_out * rank);
    out.v_t.resize((size_t) rank * n_in);
    out.sigma.assign(rank + 1, 0.0f);
    for (int k = 0; k < rank + 1 && k < r.n; ++k) {
        out.sigma[k] = (float) std::sqrt(std::max(0.0, r.eigen.values[k]));
    }
    for (int k = 0; k < rank; ++k) {
        const double sigma = std::sqrt(std::max(1e-300, r.eigen.values[k]));
        const std::vector<double> right = combine(basis, r.eigen, r.n, k);        // unit
        const std::vector<double> left_s = combine(images, r.eigen, r.n, k);      // σ · unit
        // Paper decision 5: the entry of largest magnitude in U's column is positive.
        const std::vector<double> & u = swapped ? right : left_s;
        const auto peak = std::max_element(u.begin(), u.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
        const double sign = *peak < 0 ? -1.0 : 1.0;
        for (int64_t o = 0; o < n_out; ++o) {
            out.u_s[o * rank + k] = (float) (sign * (swapped ? right[o] * sigma : left_s[o]));
        }
        for (int64_t i = 0; i < n_in; ++i) {
            out.v_t[k * n_in + i] = (float) (sign * (swapped ? left_s[i] / sigma : right[i]));
        }
    }
    return out;
}

}  // namespace tinylora
