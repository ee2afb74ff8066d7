// Tokens into the model and out of it: embeddings, and draws from logits without the logits leaving the device.
#pragma once

#include "sequence-attention.cuh"

namespace tinylora_kernels {

// x[n] = table[tokens[slots[n]]], or table[tokens[n]] without slots. One row a block.
template <typename T>
__global__ void embed(const T * table, const int * tokens, const int * slots, int n_embd, float * x) {
    const T * row = table + (size_t)tokens[slots != nullptr ? slots[blockIdx.x] : blockIdx.x] * n_embd;
    for (int i = 2 * threadIdx.x; i < n_embd; i += 2 * k_block) {
        store_pair(x + (size_t)blockIdx.x * n_embd + i, load_pair(row + i));
    }
}

// to[i] = from[rows[i]]. One row a block.
template <typename T> __global__ void gather_rows(const T * from, const int * rows, int length, T * to) {
    for (int i = 2 * threadIdx.x; i < length; i += 2 * k_block) {
        store_pair(to + (size_t)blockIdx.x * length + i, load_pair(from + (size_t)rows[blockIdx.x] * length + i));
    }
}

// Of one piece of work, on the device: see tinylora_draws.
struct draw_rows {
    const int *row, *slot;
    const float * uniform;
    int *token, *last_token; // [n], [slots]
    float * logprob;         // [n]
};

constexpr int k_draw_tile = 256; // logits whose sum one warp makes

// The largest of a row and the first place where it is, in every thread.
__device__ inline void block_peak(const float * x, int n, float scale, float * peak, int * place) {
    __shared__ float values[k_block / k_warp];
    __shared__ int places[k_block / k_warp];
    float value = -INFINITY;
    int at = n;
    for (int i = threadIdx.x; i < n; i += k_block) {
        if (x[i] * scale > value) {
            value = x[i] * scale;
            at = i;
        }
    }
    for (int offset = k_warp / 2; offset > 0; offset /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, value, offset);
        const int other_at = __shfl_xor_sync(0xffffffffu, at, offset);
        if (other > value || (other == value && other_at < at)) {
            value = other;
            at = other_at;
        }
    }
    if (threadIdx.x % k_warp == 0) {
        values[threadIdx.x / k_warp] = value;
        places[threadIdx.x / k_warp] = at;
    }
    __syncthreads();
    for (int w = 0; w < k_block / k_warp; ++w) {
        if (w == 0 || values[w] > *peak || (values[w] == *peak && places[w] < *place)) {
            *peak = values[w];
            *place = places[w];
        }
    }
}

// One draw a block; dynamic shared memory: a float a tile of the vocabulary. The drawn token is the first whose
// distribution function exceeds uniform · total; sums are float32 within a tile and float64 over tiles.
__global__ void draw_tokens(const float * logits, int n_vocab, float temperature, draw_rows rows) {
    DYNAMIC_SHARED(memory);
    float * tile_sums = reinterpret_cast<float *>(memory);
    const float * x = logits + (size_t)rows.row[blockIdx.x] * n_vocab;
    const bool greedy = temperature <= 0.0f;
    const float scale = greedy ? 1.0f : 1.0f / temperature;
    const int n_tiles = (n_vocab + k_draw_tile - 1) / k_draw_tile;
    float peak = 0.0f;
    int place = 0;
    block_peak(x, n_vocab, scale, &peak, &place);
    for (int tile = threadIdx.x / k_warp; tile < n_tiles; tile += k_block / k_warp) {
        float sum = 0.0f;
        for (int i = tile * k_draw_tile + threadIdx.x % k_warp; i < min(n_vocab, (tile + 1) * k_draw_tile);
             i += k_warp) {
            sum += expf(x[i] * scale - peak);
        }
        sum = warp_sum(sum);
        if (threadIdx.x % k_warp == 0) {
            tile_sums[tile] = sum;
        }
    }
    __syncthreads();
    if (threadIdx.x != 0) {
        return;
    }
    double total = 0.0;
    for (int tile = 0; tile < n_tiles; ++tile) {
        total += tile_sums[tile];
    }
    int token = min(place, n_vocab - 1);
    if (!greedy) {
        const double target = (double)rows.uniform[blockIdx.x] * total;
        double below = 0.0;
        int tile = 0;
        while (tile + 1 < n_tiles && below + tile_sums[tile] <= target) {
            below += tile_sums[tile++];
        }
        // Rounding may leave the target just beyond the tile's end: then its last token that has any probability.
        for (int i = tile * k_draw_tile; i < min(n_vocab, (tile + 1) * k_draw_tile) && below <= target; ++i) {
            const float p = expf(x[i] * scale - peak);
            below += p;
            token = p > 0.0f ? i : token;
        }
    }
    rows.token[blockIdx.x] = token;
    rows.last_token[rows.slot[blockIdx.x]] = token;
    rows.logprob[blockIdx.x] = (float)((double)x[token] * scale - peak - log(total));
}

} // namespace tinylora_kernels
