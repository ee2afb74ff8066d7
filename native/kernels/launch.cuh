// Launches and their errors, device memory in one piece, and cuBLAS products of row-major matrices.
#pragma once

#include <cublas_v2.h>

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "common.cuh"

namespace tinylora_kernels {

struct pass_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline void check(cudaError_t status, const char * what) {
    if (status == cudaErrorMemoryAllocation) {
        throw pass_error(std::string("out of memory: ") + what);
    }
    if (status != cudaSuccess) {
        throw pass_error(std::string(what) + ": " + cudaGetErrorString(status));
    }
}

inline void check(cublasStatus_t status, const char * what) {
    if (status == CUBLAS_STATUS_ALLOC_FAILED) {
        throw pass_error(std::string("out of memory: ") + what);
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        throw pass_error(std::string(what) + ": " + cublasGetStatusString(status));
    }
}

#ifndef TINYLORA_KERNEL_LAUNCH // a build for the CPU brings its own
template <typename... P, typename... A>
void launch(cudaStream_t stream, void (*kernel)(P...), dim3 grid, int block, size_t shared_bytes, A... arguments) {
    constexpr size_t k_always_allowed_bytes = 48 << 10;
    if (shared_bytes > k_always_allowed_bytes) {
        check(
            cudaFuncSetAttribute((const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared_bytes),
            "shared memory"
        );
    }
    kernel<<<grid, block, shared_bytes, stream>>>(static_cast<P>(arguments)...);
    check(cudaGetLastError(), "launch");
}
#endif

template <typename V>
void copy_to_device(V * to, const std::vector<V> & values, cudaStream_t stream, const char * what) {
    check(cudaMemcpyAsync(to, values.data(), values.size() * sizeof(V), cudaMemcpyHostToDevice, stream), what);
}

// Device memory handed out piece by piece; taken anew only when more is needed than there is.
class arena {
public:
    ~arena() { cudaFree(base_); }

    void reserve(size_t bytes) {
        used_ = 0;
        if (bytes <= size_) {
            return;
        }
        cudaFree(base_);
        base_ = nullptr;
        size_ = 0;
        const cudaError_t status = cudaMalloc((void **)&base_, bytes);
        if (status != cudaSuccess) {
            cudaGetLastError(); // the next call is not to find it
        }
        check(status, "device memory");
        size_ = bytes;
    }

    template <typename T> static size_t rounded(size_t count) { return (count * sizeof(T) + 255) / 256 * 256; }

    template <typename T> T * take(size_t count) {
        T * piece = (T *)(base_ + used_);
        used_ += rounded<T>(count);
        if (used_ > size_) {
            throw pass_error("a piece of memory was not reserved");
        }
        return piece;
    }

private:
    unsigned char * base_ = nullptr;
    size_t size_ = 0, used_ = 0;
};

template <typename T> struct cuda_type;
template <> struct cuda_type<__half> {
    static constexpr cudaDataType_t value = CUDA_R_16F;
};
template <> struct cuda_type<float> {
    static constexpr cudaDataType_t value = CUDA_R_32F;
};
template <> struct cuda_type<bf16> {
    static constexpr cudaDataType_t value = CUDA_R_16BF;
};

class products {
public:
    explicit products(cudaStream_t stream) {
        check(cublasCreate(&handle_), "cuBLAS");
        check(cublasSetStream(handle_, stream), "cuBLAS");
        workspace_.reserve(k_workspace_bytes);
        check(
            cublasSetWorkspace(handle_, workspace_.take<unsigned char>(k_workspace_bytes), k_workspace_bytes), "cuBLAS"
        );
    }
    ~products() { cublasDestroy(handle_); }

    // y [N, n_out] with rows of length y_length = x [N, n_in] · wᵀ, w [n_out, n_in].
    template <typename T, typename Y>
    void forward(const T * w, const T * x, Y * y, int n_tokens, int n_in, int n_out, int y_length) {
        product(CUBLAS_OP_T, w, n_in, x, n_in, y, y_length, n_out, n_tokens, n_in);
    }

    // dx [N, n_in] = dy [N, n_out] · w.
    template <typename T> void backward(const T * w, const T * dy, T * dx, int n_tokens, int n_in, int n_out) {
        product(CUBLAS_OP_N, w, n_in, dy, n_out, dx, n_in, n_in, n_tokens, n_out);
    }

private:
    // In cuBLAS's column-major terms: c [m, n] = op(a) · b over k.
    template <typename T, typename C>
    void product(
        cublasOperation_t op, const T * a, int a_length, const T * b, int b_length, C * c, int c_length, int m, int n,
        int k
    ) {
        const float one = 1.0f, zero = 0.0f;
        check(
            cublasGemmEx(
                handle_, op, CUBLAS_OP_N, m, n, k, &one, a, cuda_type<T>::value, a_length, b, cuda_type<T>::value,
                b_length, &zero, c, cuda_type<C>::value, c_length, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT
            ),
            "a matrix product"
        );
    }

    // What NVIDIA advises for Hopper. Without it the first product after another handle's work waited 20 ms.
    static constexpr size_t k_workspace_bytes = (size_t)32 << 20;

    cublasHandle_t handle_ = nullptr;
    arena workspace_;
};

} // namespace tinylora_kernels
