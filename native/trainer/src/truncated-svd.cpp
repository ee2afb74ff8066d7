// Truncated SVD on the CPU by block Lanczos on WᵀW (or WWᵀ, whichever is smaller), in double.
#include <algorithm>
#include <cmath>

#include "ritz.h"
#include "tinylora/bases.h"

namespace tinylora {

namespace {

// The matrix seen from its smaller side: rows [n_rows, n_cols] with n_cols the Krylov dimension.
class matrix_view {
public:
    matrix_view(const std::vector<float> & w, int64_t n_out, int64_t n_in) : transposed_(n_out < n_in) {
        n_cols = transposed_ ? n_out : n_in;
        n_rows = transposed_ ? n_in : n_out;
        rows_.resize(w.size());
        for (int64_t o = 0; o < n_out; ++o) {
            for (int64_t i = 0; i < n_in; ++i) {
                rows_[transposed_ ? i * n_out + o : o * n_in + i] = w[o * n_in + i];
            }
        }
    }

    // y = M x for each vector of the block; one pass over the matrix.
    vector_block multiply(const vector_block & x) const {
        vector_block y(x.size(), std::vector<double>(n_rows));
        std::vector<double> row(n_cols);
        for (int64_t r = 0; r < n_rows; ++r) {
            std::copy_n(rows_.data() + r * n_cols, n_cols, row.begin());
            for (size_t k = 0; k < x.size(); ++k) {
                y[k][r] = dot(row.data(), x[k].data(), n_cols);
            }
        }
        return y;
    }

    // x = Mᵀ y.
    vector_block multiply_transposed(const vector_block & y) const {
        vector_block x(y.size(), std::vector<double>(n_cols, 0.0));
        std::vector<double> row(n_cols);
        for (int64_t r = 0; r < n_rows; ++r) {
            std::copy_n(rows_.data() + r * n_cols, n_cols, row.begin());
            for (size_t k = 0; k < y.size(); ++k) {
                axpy(y[k][r], row.data(), x[k].data(), n_cols);
            }
        }
        return x;
    }

    bool transposed() const { return transposed_; }
    int64_t n_rows, n_cols;

private:
    bool transposed_;
    std::vector<float> rows_;
};

// Largest residual ‖MᵀMv − θv‖ of the leading `count` Ritz pairs.
double worst_residual(const matrix_view & m, const vector_block & basis, const vector_block & images, const ritz & r, int count) {
    vector_block leading_images, leading;
    for (int k = 0; k < count; ++k) {
        leading_images.push_back(combine(images, r.eigen, r.n, k));
        leading.push_back(combine(basis, r.eigen, r.n, k));
    }
    vector_block back = m.multiply_transposed(leading_images);
    double worst = 0;
    for (int k = 0; k < count; ++k) {
        axpy(-r.eigen.values[k], leading[k].data(), back[k].data(), m.n_cols);
        worst = std::max(worst, std::sqrt(dot(back[k].data(), back[k].data(), m.n_cols)));
    }
    return worst;
}

}  // namespace

module_basis truncated_svd(const std::vector<float> & weight, int64_t n_out, int64_t n_in, int rank, const std::string & name,
                           svd_statistics * statistics) {
    const matrix_view m(weight, n_out, n_in);
    const int block_size = (int) std::min<int64_t>(rank + 8, m.n_cols);
    vector_block block = start_block(name, block_size, m.n_cols);
    vector_block basis, images;
    const int max_iterations = 200, first_check = 5;
    int next_check = first_check;
    for (int iteration = 1;; ++iteration) {
        vector_block image = m.multiply(block);
        vector_block next = m.multiply_transposed(image);
        const double scale = std::sqrt(dot(image[0].data(), image[0].data(), m.n_rows));
        for (size_t k = 0; k < block.size(); ++k) {
            basis.push_back(std::move(block[k]));
            images.push_back(std::move(image[k]));
        }
        orthonormalise(next, basis, scale * scale + 1e-30);
        const bool complete = next.empty() || (int64_t) basis.size() >= m.n_cols || iteration >= max_iterations;
        if (complete || iteration >= next_check) {
            const ritz r = rayleigh_ritz(images);
            const int count = std::min(rank + 1, r.n);
            if (complete || worst_residual(m, basis, images, r, count) <= 1e-9 * r.eigen.values[0]) {
                if (statistics != nullptr) {
                    statistics->iterations = iteration;
                }
                return assemble(m.transposed(), basis, images, r, rank, n_out, n_in);
            }
            next_check = iteration + std::max(2, iteration / 3);
        }
        block = std::move(next);
    }
}

}  // namespace tinylora
