// The adapter's narrow products of each adapted module, un-merged (Paper eq. 3): z = a x and s = bᵀ dy, each with the
// core applied, and dL/dR = Σ s zᵀ.
#pragma once

#include "common.cuh"

namespace tinylora_kernels {

// One module of a narrow product. Its columns of x start at `column`.
struct projection {
    const float * factor; // [R, n_columns]; nullptr: not adapted, zeros are written
    const float * core;   // [R, R]
    int column, n_columns;
    int slot; // its place in z [N, 7, R]
};

// Where rows are of several lanes, row n's core is lanes[n] · lane_length further on.
struct projection_list {
    projection module[3];
    const int * lanes = nullptr;
    int lane_length = 0;
};

constexpr int k_projected_tokens = 4; // rows a block: the factor is read once for all of them

// raw[n, slot, j] = Σ_i factor[j, i] x[n, i];  cored = core · raw, or coreᵀ · raw where `transposed`.
// grid (N / 4, modules), k_block threads.
template <typename T, int R>
__global__ void
project(const T * x, int row_length, projection_list list, int n_tokens, bool transposed, float * raw, float * cored) {
    __shared__ float partial[k_block / k_warp][k_projected_tokens * R];
    const projection m = list.module[blockIdx.y];
    const int first = blockIdx.x * k_projected_tokens;
    float sum[k_projected_tokens][R] = {};
    if (m.factor != nullptr) {
        for (int i = 2 * threadIdx.x; i < m.n_columns; i += 2 * k_block) {
            float2 f[R];
            for (int j = 0; j < R; ++j) {
                f[j] = load_pair(m.factor + (size_t)j * m.n_columns + i);
            }
            for (int t = 0; t < k_projected_tokens; ++t) {
                if (first + t < n_tokens) {
                    const float2 v = load_pair(x + (size_t)(first + t) * row_length + m.column + i);
                    for (int j = 0; j < R; ++j) {
                        sum[t][j] += f[j].x * v.x + f[j].y * v.y;
                    }
                }
            }
        }
    }
    for (int t = 0; t < k_projected_tokens; ++t) {
        for (int j = 0; j < R; ++j) {
            const float s = warp_sum(sum[t][j]);
            if (threadIdx.x % k_warp == 0) {
                partial[threadIdx.x / k_warp][t * R + j] = s;
            }
        }
    }
    __syncthreads();
    if (threadIdx.x < k_projected_tokens * R) {
        float total = 0.0f;
        for (int w = 0; w < k_block / k_warp; ++w) {
            total += partial[w][threadIdx.x];
        }
        partial[0][threadIdx.x] = total;
    }
    __syncthreads();
    const int t = threadIdx.x / R, j = threadIdx.x % R;
    if (t < k_projected_tokens && first + t < n_tokens) {
        const float * core = m.core + (list.lanes != nullptr ? (size_t)list.lanes[first + t] * list.lane_length : 0);
        float applied = 0.0f;
        for (int k = 0; k < R && m.factor != nullptr; ++k) {
            applied += (transposed ? core[k * R + j] : core[j * R + k]) * partial[0][t * R + k];
        }
        const size_t at = ((size_t)(first + t) * 7 + m.slot) * R + j;
        raw[at] = partial[0][threadIdx.x];
        cored[at] = applied;
    }
}

constexpr int k_factor_rows = 256; // rows whose products one block sums

// partial[rows / 256, j, i] = Σ_n narrow[n, slot, j] matrix[n, column + i]: a factor's gradient, of one slice of rows.
// grid (columns / (2 k_block), N / 256).
template <typename T, int R>
__global__ void factor_gradient(
    const T * matrix, int row_length, int column, int n_columns, const float * narrow, int slot, int n_tokens,
    float * partial
) {
    __shared__ float own[k_factor_rows][R];
    const int first = blockIdx.y * k_factor_rows, n_rows = min(k_factor_rows, n_tokens - first);
    for (int e = threadIdx.x; e < n_rows * R; e += k_block) {
        own[e / R][e % R] = narrow[((size_t)(first + e / R) * 7 + slot) * R + e % R];
    }
    __syncthreads();
    const int i = 2 * (blockIdx.x * k_block + threadIdx.x);
    if (i >= n_columns) {
        return;
    }
    float2 sum[R] = {};
    for (int n = 0; n < n_rows; ++n) {
        const float2 v = load_pair(matrix + (size_t)(first + n) * row_length + column + i);
#pragma unroll
        for (int j = 0; j < R; ++j) {
            sum[j].x += own[n][j] * v.x;
            sum[j].y += own[n][j] * v.y;
        }
    }
    for (int j = 0; j < R; ++j) {
        store_pair(partial + ((size_t)blockIdx.y * R + j) * n_columns + i, sum[j]);
    }
}

// gradient += Σ over slices: [rank, n_columns], or [n_columns, rank] where `transposed`. grid (n_columns / k_block,
// rank).
template <int R>
__global__ void
add_factor_gradient(const float * partial, int n_slices, int n_columns, int rank, bool transposed, float * gradient) {
    const int i = blockIdx.x * k_block + threadIdx.x, j = blockIdx.y;
    if (i >= n_columns) {
        return;
    }
    float sum = 0.0f;
    for (int slice = 0; slice < n_slices; ++slice) {
        sum += partial[((size_t)slice * R + j) * n_columns + i];
    }
    gradient[transposed ? (size_t)i * rank + j : (size_t)j * n_columns + i] += sum;
}

// What the adapter adds to columns i and i + 1 of one row: Σ_j cored[j] factor[j, i].
template <int R>
__device__ inline float2 adapter_pair(const float * factor, int n_columns, int i, const float * cored) {
    float2 sum = make_float2(0.0f, 0.0f);
    if (factor != nullptr) {
        for (int j = 0; j < R; ++j) {
            const float2 f = load_pair(factor + (size_t)j * n_columns + i);
            sum.x += f.x * cored[j];
            sum.y += f.y * cored[j];
        }
    }
    return sum;
}

// gradients[slot, j, k] = Σ_n s[n, slot, j] z[n, slot, k], in double. One block a module.
template <int R> __global__ void core_gradient(const float * s, const float * z, int n_tokens, double * gradients) {
    __shared__ double partial[k_block / k_warp];
    const int slot = blockIdx.x;
    for (int j = 0; j < R; ++j) {
        for (int k = 0; k < R; ++k) {
            double sum = 0.0;
            for (int n = threadIdx.x; n < n_tokens; n += k_block) {
                const size_t at = ((size_t)n * 7 + slot) * R;
                sum += (double)s[at + j] * z[at + k];
            }
            for (int offset = k_warp / 2; offset > 0; offset /= 2) {
                sum += __shfl_xor_sync(0xffffffffu, sum, offset);
            }
            __syncthreads();
            if (threadIdx.x % k_warp == 0) {
                partial[threadIdx.x / k_warp] = sum;
            }
            __syncthreads();
            if (threadIdx.x == 0) {
                double total = 0.0;
                for (int w = 0; w < k_block / k_warp; ++w) {
                    total += partial[w];
                }
                gradients[(slot * R + j) * R + k] = total;
            }
        }
    }
}

} // namespace tinylora_kernels
