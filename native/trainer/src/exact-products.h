// Products in true float32 for exact numerics on a GPU, where ggml's kernels and cuBLAS round operands to TF32 (10 bits of
// mantissa) wherever they may. NVIDIA_TF32_OVERRIDE=0 forbids it to cuBLAS, in all but two cases; this file is about those.
#pragma once

#include <functional>

#include "ggml-cpp.h"

namespace tinylora {

// aᵀ b in ggml's terms: a {n, rows, …}, b {n, columns, …} → {rows, columns, …}, both float32 and with the same outer dimensions.
ggml_tensor * exact_product(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b);

// Whether the backend's large float32 products come out rounded: tried with values that TF32 cannot represent.
bool rounds_products(ggml_backend_t backend);

// A backend whose products are not rounded: `make` is called until `rounds` says so. Throws bad_input after a few of them.
ggml_backend_ptr exact_backend(const std::function<ggml_backend_ptr()> & make,
                               const std::function<bool(ggml_backend_t)> & rounds = rounds_products);

}  // namespace tinylora
