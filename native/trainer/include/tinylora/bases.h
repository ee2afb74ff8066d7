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

// How one module's triplets were found.
struct svd_statistics {
    int iterations = 0;      // products with WᵀW, each of a block of vectors
    bool on_device = false;  // in float32 on the model's device, not in double on the CPU
};

// Top `rank` triplets of a row-major [out, in] matrix, by block Lanczos with full reorthogonalisation in double, to a
// residual of 1e-9 · σ₁² (‖WᵀWv − σ²v‖).
module_basis truncated_svd(const std::vector<float> & weight_out_in, int64_t n_out, int64_t n_in, int rank, const std::string & name,
                           svd_statistics * statistics = nullptr);

// Bases of all modules in execution order: truncated_svd on `threads` CPU threads; with `on_device`, where the model's device
// is no CPU, there in float32, to a residual of 1e-5 · σ₁² at most (most weights come near 1e-6); the vectors agree with the
// CPU's to that residual divided by the gap to the next σ², so nearly equal singular values give other vectors.
// `statistics` (may be null) is filled per module. Throws cancelled, out_of_memory, and internal naming the module whose
// iteration did not converge.
std::vector<module_basis> compute_bases(const model & m, int rank, int threads, bool on_device, progress & p,
                                        std::vector<svd_statistics> * statistics = nullptr);

// The bases read from `dir` when it has them for (model hash, rank), whichever device computed them first; else computed
// and written there: on the CPU, or on the model's GPU where its adapted weights hold 10⁹ numbers and more. v means nothing
// without its exact bases, hence their fingerprint is recorded with it.
std::vector<module_basis> load_bases(const model & m, int rank, const std::string & dir, int threads, progress & p);

// 64-bit FNV-1a over all values, as 16 hex digits.
std::string bases_fingerprint(const std::vector<module_basis> & bases);

}  // namespace tinylora
