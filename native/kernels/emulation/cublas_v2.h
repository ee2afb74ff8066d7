// The one product of cuBLAS that the pass uses, for the emulation: see emulation.h.
#pragma once

#include "emulation.h"

using cublasHandle_t = void *;
enum cublasStatus_t { CUBLAS_STATUS_SUCCESS, CUBLAS_STATUS_ALLOC_FAILED };
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T };
enum cudaDataType_t { CUDA_R_16F, CUDA_R_16BF, CUDA_R_32F };
enum { CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT };

inline cublasStatus_t cublasCreate(cublasHandle_t *) {
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasDestroy(cublasHandle_t) {
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) {
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *, size_t) {
    return CUBLAS_STATUS_SUCCESS;
}
inline const char * cublasGetStatusString(cublasStatus_t) {
    return "an emulated error";
}

// c [m, n] = op(a) · b over k, all column-major, a and b of one type; alpha 1, beta 0.
inline cublasStatus_t cublasGemmEx(
    cublasHandle_t, cublasOperation_t op, cublasOperation_t, int m, int n, int k, const void *, const void * a,
    cudaDataType_t type, int a_length, const void * b, cudaDataType_t, int b_length, const void *, void * c,
    cudaDataType_t c_type, int c_length, int, int
) {
    auto floats = [&](const void * p, size_t count) {
        std::vector<float> out(count);
        for (size_t i = 0; i < count; ++i) {
            out[i] = type == CUDA_R_16F ? __half2float(((const __half *)p)[i])
                                        : __bfloat162float(((const __nv_bfloat16 *)p)[i]);
        }
        return out;
    };
    const std::vector<float> left = floats(a, (size_t)a_length * (op == CUBLAS_OP_T ? m : k)),
                             right = floats(b, (size_t)b_length * n);
    const size_t a_row = op == CUBLAS_OP_T ? a_length : 1, a_step = op == CUBLAS_OP_T ? 1 : a_length;
    for (int j = 0; j < n; ++j) {
        for (int i = 0; i < m; ++i) {
            float sum = 0.0f;
            for (int l = 0; l < k; ++l) {
                sum += left[i * a_row + l * a_step] * right[(size_t)j * b_length + l];
            }
            const size_t at = (size_t)j * c_length + i;
            if (c_type == CUDA_R_32F) {
                ((float *)c)[at] = sum;
            } else if (c_type == CUDA_R_16F) {
                ((__half *)c)[at] = __float2half_rn(sum);
            } else {
                ((__nv_bfloat16 *)c)[at] = __float2bfloat16_rn(sum);
            }
        }
    }
    return CUBLAS_STATUS_SUCCESS;
}
