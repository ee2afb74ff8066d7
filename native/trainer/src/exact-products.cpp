// Products in true float32 on a GPU: operands in the order that ggml leaves to cuBLAS, and a cuBLAS that was tried.
#include "exact-products.h"

#include <vector>

#include "tinylora/error.h"
#include "training-weights.h"

namespace tinylora {

namespace {

// ggml's CUDA backend multiplies up to 16 columns with a kernel of its own on TF32 tensor cores (mmf.cu), if the rows are a
// multiple of 32.
constexpr int64_t k_most_columns_rounded = 16;
// In a row: more than these are no accident.
constexpr int k_most_backends = 16;

// What malloc gives out next, up to 20 MiB of it, in pieces a little larger than a cuBLAS handle (67 kB).
void zero_free_memory() { std::vector<std::vector<char>>(256, std::vector<char>(80 << 10)); }

}  // namespace

ggml_tensor * exact_product(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) {
    // The few columns become rows, too few for that kernel.
    return b->ne[1] <= k_most_columns_rounded ? transpose_contiguous(ctx, ggml_mul_mat(ctx, b, a)) : ggml_mul_mat(ctx, a, b);
}

bool rounds_products(ggml_backend_t backend) {
    constexpr int64_t n = 256, rows = 128, columns = 64;
    constexpr float value = 1 + 1.0f / (1 << 12), expected = n * value;  // 2^-12 is lost in TF32; the sum is exact in float32
    ggml_context_ptr ctx = make_graph_context(16);
    ggml_tensor * a = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, n, rows);
    ggml_tensor * b = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, n, columns);
    ggml_tensor * product = ggml_mul_mat(ctx.get(), a, b);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 16, false);
    ggml_build_forward_expand(graph, product);
    const ggml_backend_buffer_ptr buffer = allocate_tensors(ctx.get(), backend, "trying the device's arithmetic");
    const std::vector<float> ones(n * rows, 1.0f), values(n * columns, value);
    ggml_backend_tensor_set(a, ones.data(), 0, ggml_nbytes(a));
    ggml_backend_tensor_set(b, values.data(), 0, ggml_nbytes(b));
    if (ggml_backend_graph_compute(backend, graph) != GGML_STATUS_SUCCESS) {
        fail_internal("The device could not compute a product of two small matrices.");
    }
    std::vector<float> found(rows * columns);
    ggml_backend_tensor_get(product, found.data(), 0, ggml_nbytes(product));
    for (const float sum : found) {
        if (sum != expected) {
            return true;
        }
    }
    return false;
}

// cublasCreate (13.0 and 13.1, seen in their code) leaves one word of the handle as malloc gave it: whether the handle heeds
// the environment. A 1 left there by whoever had that memory before switches NVIDIA_TF32_OVERRIDE off for the handle's whole life.
ggml_backend_ptr exact_backend(const std::function<ggml_backend_ptr()> & make, const std::function<bool(ggml_backend_t)> & rounds) {
    // Kept until one is right: its memory would only be given out again.
    std::vector<ggml_backend_ptr> rounding;
    while (rounding.size() < k_most_backends) {
        zero_free_memory();
        ggml_backend_ptr backend = make();
        if (!rounds(backend.get())) {
            return backend;
        }
        rounding.push_back(std::move(backend));
    }
    fail_input("The device rounds the operands of float32 products, which exact numerics do not allow. Use numerics native or the device cpu. "
               "With an NVIDIA GPU, leave NVIDIA_TF32_OVERRIDE out of the environment (0 is set where it is missing), and compute nothing "
               "with native numerics in the same process before.");
}

}  // namespace tinylora
