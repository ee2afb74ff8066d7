// Truncated SVD of a weight on a ggml device: block Lanczos in float32, with the small problems in double on the host.
//
// Precision decides the shape of it. ggml's CUDA products of float32 matrices are true float32 for at most three columns
// (vector kernels); from four on they go through TF32 tensor cores, whose ten bits of mantissa would show in the residual.
// So blocks are three vectors wide, and even and aligned as those kernels ask. Other backends have no such limit. The
// weight is dequantised to a float32 copy and its transpose, which any backend multiplies alike (ggml's CPU would round
// the vectors to float16 for a float16 weight).
//
// A step reads weight and transpose once, runs some thirty small kernels, and waits for the host only every few steps. On a
// Gaussian 3584 × 18944 weight, which has hardly any gap, rank 2 takes 80 steps: 43 GB read, 12 ms at 3.5 TB/s.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "band-eigen.h"
#include "ggml-cpp.h"
#include "tinylora/bases.h"
#include "training-weights.h"

namespace tinylora {

// One stream of work with memory of its own, for one thread; several may share a device.
class device_svd {
public:
    explicit device_svd(ggml_backend_dev_t device);

    // False where the CPU is quicker (small weights) or the device's kernels would not do (odd sizes).
    static bool suits(int64_t n_out, int64_t n_in, int rank);
    // Device memory that `compute` takes.
    static size_t memory_bytes(int64_t n_out, int64_t n_in);

    // `weight` ne = {in, out}, of any type, in any buffer. Nothing where the weight has too few directions (it is
    // small, or all zeros): those are quick on the CPU. Throws internal naming the module where it does not converge.
    std::optional<module_basis> compute(const ggml_tensor * weight, int rank, const std::string & name, progress & p,
                                        svd_statistics * statistics = nullptr);

private:
    void prepare(int64_t n_out, int64_t n_in);
    void load_weight(const ggml_tensor * weight, progress & p);
    void start(const std::string & name, progress & p);
    void run_steps(int first, int last, progress & p);
    void expand_step(ggml_context * ctx, ggml_cgraph * graph, int step) const;
    void expand_orthonormalise(ggml_context * ctx, ggml_cgraph * graph, int64_t index) const;
    ggml_tensor * transposed_column(ggml_context * ctx, int64_t index) const;
    ggml_tensor * rows_before(ggml_context * ctx, int64_t index) const;
    ggml_tensor * columns_before(ggml_context * ctx, int64_t index) const;
    double projection(int row, int column) const;
    band_matrix projected(int n) const;
    double excess(const leading_eigen & eigen, int n) const;
    std::optional<module_basis> finish(const leading_eigen & eigen, int rank, const std::string & name, progress & p);
    void execute(ggml_cgraph * graph, progress & p, const std::function<void()> & upload = {});

    ggml_backend_ptr backend_;
    ::ggml_gallocr_ptr allocator_;
    int64_t n_out_ = 0, n_in_ = 0;
    int max_steps_ = 0;
    ggml_context_ptr ctx_;
    ggml_backend_buffer_ptr buffer_;
    // Float32. With M the weight seen so that its columns n are the smaller side, A = MᵀM:
    ggml_tensor * weight_ = nullptr;       // ne = {in, out}
    ggml_tensor * weight_t_ = nullptr;     // ne = {out, in}
    ggml_tensor * m_ = nullptr;            // the one of them with ne = {n, …}
    ggml_tensor * m_t_ = nullptr;          // the other
    ggml_tensor * basis_ = nullptr;        // ne = {n, vectors}: Lanczos vectors, a block a step; zero where not yet written
    ggml_tensor * basis_t_ = nullptr;      // ne = {vectors, n}
    ggml_tensor * projections_ = nullptr;  // step after step {even(vectors so far), block}: vector · A · block
    std::vector<float> projections_host_;  // the same
};

}  // namespace tinylora
