// What all kernels share: number types, launches, sums over a block.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#ifndef DYNAMIC_SHARED // a build for the CPU brings its own
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]
#endif

namespace tinylora_kernels {

using bf16 = __nv_bfloat16;

__device__ inline float to_float(float x) {
    return x;
}
__device__ inline float to_float(__half x) {
    return __half2float(x);
}
__device__ inline float to_float(bf16 x) {
    return __bfloat162float(x);
}

template <typename T> __device__ inline T from_float(float x);
template <> __device__ inline float from_float<float>(float x) {
    return x;
}
template <> __device__ inline __half from_float<__half>(float x) {
    return __float2half_rn(x);
}
template <> __device__ inline bf16 from_float<bf16>(float x) {
    return __float2bfloat16_rn(x);
}

// Two neighbours at once: every row length here is even.
template <typename T> struct alignas(2 * sizeof(T)) pair_of {
    T first, second;
};
template <typename T> __device__ inline float2 load_pair(const T * p) {
    const pair_of<T> v = *reinterpret_cast<const pair_of<T> *>(p);
    return make_float2(to_float(v.first), to_float(v.second));
}
template <typename T> __device__ inline void store_pair(T * p, float2 v) {
    *reinterpret_cast<pair_of<T> *>(p) = {from_float<T>(v.x), from_float<T>(v.y)};
}

constexpr int k_warp = 32;
constexpr int k_block = 256; // threads of every kernel but attention's

__device__ inline float warp_sum(float x) {
    for (int offset = k_warp / 2; offset > 0; offset /= 2) {
        x += __shfl_xor_sync(0xffffffffu, x, offset);
    }
    return x;
}

// The sum over a block of k_block threads, in every thread; `shared` has one place a warp.
__device__ inline float block_sum(float x, float * shared) {
    x = warp_sum(x);
    __syncthreads();
    if (threadIdx.x % k_warp == 0) {
        shared[threadIdx.x / k_warp] = x;
    }
    __syncthreads();
    float total = 0.0f;
    for (int w = 0; w < k_block / k_warp; ++w) {
        total += shared[w];
    }
    return total;
}

inline int blocks_for(long long n, int each) {
    return (int)((n + each - 1) / each);
}

} // namespace tinylora_kernels
