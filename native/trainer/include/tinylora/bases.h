// Bases: the truncated SVD W ≈ U Σ Vᵀ of every adapted linear (of the dequantised weight), cached on disk.
#pragma once

#include <string>
#include <vector>

#include "tinylora/model.h"
#include "tinylora/progress.h"

namespace tinylora {

// Singular triplets of one weight. Row-major; signs as decision 5 of the paper page: in each column of U the entry of
// largest magnitude is positive.
struct module_basis {
    std::vector<float> u_s;    // [out, rank]: U Σ
    std::vector<float> v_t;    // [rank, in]: Vᵀ
    std::vector<float> sigma;  // [rank + 1], descending (the last is for the near-tie warning; 0 where there is none)
};

// Top `rank` triplets of a row-major [out, in] matrix, by block Lanczos with full reorthogonalisation in double, to a
// residual of 1e-9 · σ₁² (‖WᵀWv − σ²v‖).
module_basis truncated_svd(const std::vector<float> & weight_out_in, int64_t n_out, int64_t n_in, int rank, const std::string & name);

// Bases of all modules in execution order; read from `dir` when it has them for (model hash, rank), else computed on
// `threads` CPU threads (the CPU always, so that they are the same whatever trains) and written there.
std::vector<module_basis> load_bases(const model & m, int rank, const std::string & dir, int threads, progress & p);

// 64-bit FNV-1a over all values, as 16 hex digits.
std::string bases_fingerprint(const std::vector<module_basis> & bases);

}  // namespace tinylora
