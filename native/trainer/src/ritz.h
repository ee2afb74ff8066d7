// Vectors in double, and Rayleigh–Ritz: from an orthonormal basis and its images to singular triplets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "symmetric-eigen.h"
#include "tinylora/bases.h"

namespace tinylora {

// Vectors of one length.
using vector_block = std::vector<std::vector<double>>;

double dot(const double * a, const double * b, int64_t n);

// y += scale · x
void axpy(double scale, const double * x, double * y, int64_t n);

// Orthonormalises `block` against `basis` and itself (twice is enough); drops vectors shorter than 1e-12 · scale.
void orthonormalise(vector_block & block, const vector_block & basis, double scale);

// `count` orthonormal vectors of length n, the same for a name on every machine.
vector_block start_block(const std::string & name, int count, int64_t n);

struct ritz {
    symmetric_eigen eigen;  // of the images' Gram matrix: σ² and coordinates in the basis
    int n = 0;
};

// `images` are M q of an orthonormal basis q.
ritz rayleigh_ritz(const vector_block & images);

// The k-th Ritz combination of `vectors`.
std::vector<double> combine(const vector_block & vectors, const symmetric_eigen & eigen, int n, int k);

// Leading `rank` triplets of W [n_out, n_in] with signs fixed. `basis` spans right singular vectors and `images` are W q;
// `swapped`: left ones and Wᵀ q.
module_basis assemble(bool swapped, const vector_block & basis, const vector_block & images, const ritz & r, int rank, int64_t n_out,
                      int64_t n_in);

}  // namespace tinylora
