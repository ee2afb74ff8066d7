// Attention of one new token a sequence over its prompt's and its own cells of the cache.
//
// A block takes the query heads of one key head, at most eight, so that keys and values are read once for all of them.
// It goes over the keys once, a thread a key, and rescales its sums when a larger score appears (Dao et al. 2022,
// FlashAttention). Sums are float32.
#pragma once

#include "elementwise.cuh"

namespace tinylora_kernels {

constexpr int k_sequence_block = 128; // threads, and keys at a time
constexpr int k_sequence_heads = 8;   // query heads a block

// Of one step, on the device: see tinylora_sequences.
struct sequence_rows {
    const int *slot, *position, *prefix_cell, *prefix_length, *own_cell, *lane;
};

inline int sequence_pieces(const qkv_shape & shape) {
    return blocks_for(shape.n_head / shape.n_head_kv, k_sequence_heads);
}

template <typename T> struct alignas(8 * sizeof(T)) eight_of {
    T value[8];
};

__device__ inline float warp_max(float x) {
    for (int offset = k_warp / 2; offset > 0; offset /= 2) {
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, offset));
    }
    return x;
}

template <int D> struct sequence_shared {
    float q[k_sequence_heads][D];
    float probs[k_sequence_heads][k_sequence_block];
    float peak[k_sequence_heads], total[k_sequence_heads], rescale[k_sequence_heads];
    float partial[k_sequence_heads][2 * k_sequence_block]; // [heads, key groups, D]
};

// Scores of head h in s.probs become exp(score − peak); keeps the head's peak and total. One warp.
template <int D> __device__ inline void add_scores(sequence_shared<D> & s, int h) {
    const int lane = threadIdx.x % k_warp;
    float top = s.peak[h];
    for (int c = lane; c < k_sequence_block; c += k_warp) {
        top = fmaxf(top, s.probs[h][c]);
    }
    top = warp_max(top);
    float sum = 0.0f;
    for (int c = lane; c < k_sequence_block; c += k_warp) {
        const float p = expf(s.probs[h][c] - top);
        s.probs[h][c] = p;
        sum += p;
    }
    sum = warp_sum(sum);
    if (lane == 0) {
        s.rescale[h] = expf(s.peak[h] - top);
        s.total[h] = s.total[h] * s.rescale[h] + sum;
        s.peak[h] = top;
    }
}

// qkv [N, columns], its keys and values in the cache already; cache [cells, 2, n_head_kv·D]; out [N, n_head·D].
// grid (N, n_head_kv · pieces).
template <typename T, int D>
__global__ void
sequence_attention(const T * qkv, qkv_shape shape, float scale, sequence_rows rows, const T * cache, T * out) {
    constexpr int n_pairs = D / 2, key_groups = k_sequence_block / n_pairs;
    DYNAMIC_SHARED(memory);
    sequence_shared<D> & s = *reinterpret_cast<sequence_shared<D> *>(memory);
    const int n = blockIdx.x, per_kv = shape.n_head / shape.n_head_kv;
    const int pieces = (per_kv + k_sequence_heads - 1) / k_sequence_heads;
    const int kv_head = blockIdx.y / pieces, first_of_piece = blockIdx.y % pieces * k_sequence_heads;
    const int first_head = kv_head * per_kv + first_of_piece, n_heads = min(k_sequence_heads, per_kv - first_of_piece);
    const int kv_width = shape.n_head_kv * D, n_keys = rows.position[n] + 1;
    const int prefix_cell = rows.prefix_cell[n], prefix_length = rows.prefix_length[n];
    const int own_cell = rows.own_cell[n] - prefix_length;
    auto keys_of = [&](int key) {
        const int cell = key + (key < prefix_length ? prefix_cell : own_cell);
        return cache + (size_t)cell * 2 * kv_width + kv_head * D;
    };

    for (int i = threadIdx.x; i < n_heads * D; i += k_sequence_block) {
        s.q[i / D][i % D] = to_float(qkv[(size_t)n * shape.columns() + first_head * D + i]) * scale;
    }
    if (threadIdx.x < k_sequence_heads) {
        s.peak[threadIdx.x] = -INFINITY;
        s.total[threadIdx.x] = 0.0f;
    }
    __syncthreads();

    const int pair = threadIdx.x % n_pairs, key_group = threadIdx.x / n_pairs;
    float2 sum[k_sequence_heads];
    for (float2 & x : sum) {
        x = make_float2(0.0f, 0.0f);
    }
    for (int first = 0; first < n_keys; first += k_sequence_block) {
        const int key = first + threadIdx.x;
        float score[k_sequence_heads] = {};
        if (key < n_keys) {
            const T * k = keys_of(key);
            for (int d = 0; d < D; d += 8) {
                const eight_of<T> part = *reinterpret_cast<const eight_of<T> *>(k + d);
                float v[8];
#pragma unroll
                for (int e = 0; e < 8; ++e) {
                    v[e] = to_float(part.value[e]);
                }
#pragma unroll
                for (int h = 0; h < k_sequence_heads; ++h) {
                    if (h < n_heads) {
#pragma unroll
                        for (int e = 0; e < 8; ++e) {
                            score[h] += s.q[h][d + e] * v[e];
                        }
                    }
                }
            }
        }
#pragma unroll
        for (int h = 0; h < k_sequence_heads; ++h) {
            s.probs[h][threadIdx.x] = key < n_keys ? score[h] : -INFINITY;
        }
        __syncthreads();
        for (int h = threadIdx.x / k_warp; h < n_heads; h += k_sequence_block / k_warp) {
            add_scores<D>(s, h);
        }
        __syncthreads();
#pragma unroll
        for (int h = 0; h < k_sequence_heads; ++h) {
            if (h < n_heads) {
                sum[h].x *= s.rescale[h];
                sum[h].y *= s.rescale[h];
            }
        }
        const int n_here = min(k_sequence_block, n_keys - first);
#pragma unroll 4
        for (int c = key_group; c < n_here; c += key_groups) {
            const float2 v = load_pair(keys_of(first + c) + kv_width + 2 * pair);
#pragma unroll
            for (int h = 0; h < k_sequence_heads; ++h) {
                if (h < n_heads) {
                    sum[h].x += s.probs[h][c] * v.x;
                    sum[h].y += s.probs[h][c] * v.y;
                }
            }
        }
        __syncthreads();
    }

#pragma unroll
    for (int h = 0; h < k_sequence_heads; ++h) {
        store_pair(&s.partial[h][key_group * D + 2 * pair], sum[h]);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < n_heads * D; i += k_sequence_block) {
        float total = 0.0f;
        for (int g = 0; g < key_groups; ++g) {
            total += s.partial[i / D][g * D + i % D];
        }
        out[((size_t)n * shape.n_head + first_head) * D + i] = from_float<T>(total / s.total[i / D]);
    }
}

} // namespace tinylora_kernels
