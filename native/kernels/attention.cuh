// Causal attention over entries of a prefix and its suffixes, forward and backward, without scores in global memory.
//
// Rows of an entry stand one after the other. Row i sees row j of its entry where j ≤ i and j lies in the prefix or in
// i's own suffix. Tiles of queries meet tiles of keys; pairs of tiles where nothing is seen are skipped. The forward
// goes over the keys twice, for log Σ exp and then for the output, so that no output is ever rescaled; the backward
// recomputes the probabilities from that sum (Dao et al. 2022, FlashAttention), once for dQ and once for dK and dV,
// without atomic additions.
#pragma once

#include <mma.h>

#include "elementwise.cuh"

namespace tinylora_kernels {

namespace wmma = nvcuda::wmma;

// Rows [first, first + n_rows) of one entry, as a tile; `seen_from` is the smallest own_start among them.
struct attention_tile {
    int entry_start, entry_rows, prefix_rows;
    int first, n_rows; // within the entry
    int seen_from;
};

constexpr int k_attention_block = 128;
constexpr int k_attention_warps = k_attention_block / k_warp;
constexpr int k_tile = 64;       // rows of the tile that a block owns: 16 a warp
constexpr int k_other_tile = 32; // rows of the tiles that it meets
constexpr int k_score_pad = 4;

__host__ __device__ inline bool
tiles_meet(int query_last, int query_seen_from, int key_first, int key_last, int prefix_rows) {
    return key_first <= query_last && (key_first < prefix_rows || key_last >= query_seen_from);
}

// Tiles of the other side are cut at the same places in every entry, so that their seen_from can be looked up.
struct attention_inputs {
    qkv_shape shape;
    float scale;
    int n_tokens;
    const int * own_start;  // [N]
    const int * seen_from;  // one every k_other_tile rows of an entry, entry by entry
    const int * seen_start; // [tiles] where the own entry's begin
};

// Rows [first, first + rows) of the entry, columns [column, column + D) of a matrix; zeros beyond its end.
template <typename From, typename To, int D>
__device__ inline void load_rows(
    To (*to)[D + 8], const From * matrix, size_t row_length, int column, const attention_tile & tile, int first,
    int rows
) {
    for (int i = threadIdx.x; i < rows * (D / 2); i += k_attention_block) {
        const int r = i / (D / 2), c = 2 * (i % (D / 2));
        float2 v = make_float2(0.0f, 0.0f);
        if (first + r < tile.entry_rows) {
            v = load_pair(matrix + (size_t)(tile.entry_start + first + r) * row_length + column + c);
        }
        store_pair(&to[r][c], v);
    }
}

// scores[16 rows of this warp, columns] = left · rightᵀ over D; left and right are rows in shared memory.
template <typename T, int D, int columns>
__device__ inline void
warp_products(const T (*left)[D + 8], const T (*right)[D + 8], float (*scores)[columns + k_score_pad]) {
    const int row = 16 * (threadIdx.x / k_warp);
    for (int c = 0; c < columns; c += 16) {
        wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
        wmma::fill_fragment(sum, 0.0f);
        for (int k = 0; k < D; k += 16) {
            wmma::fragment<wmma::matrix_a, 16, 16, 16, T, wmma::row_major> a;
            wmma::fragment<wmma::matrix_b, 16, 16, 16, T, wmma::col_major> b;
            wmma::load_matrix_sync(a, &left[row][k], D + 8);
            wmma::load_matrix_sync(b, &right[c][k], D + 8);
            wmma::mma_sync(sum, a, b, sum);
        }
        wmma::store_matrix_sync(&scores[row][c], sum, columns + k_score_pad, wmma::mem_row_major);
    }
    __syncwarp();
}

// total[16 rows of this warp, D] += weights · right, right [depth, D].
template <typename T, int D, int depth, typename Accumulator>
__device__ inline void warp_accumulate(Accumulator * total, const T (*weights)[depth + 8], const T (*right)[D + 8]) {
    const int row = 16 * (threadIdx.x / k_warp);
    for (int k = 0; k < depth; k += 16) {
        wmma::fragment<wmma::matrix_a, 16, 16, 16, T, wmma::row_major> a;
        wmma::load_matrix_sync(a, &weights[row][k], depth + 8);
#pragma unroll
        for (int c = 0; c < D / 16; ++c) {
            wmma::fragment<wmma::matrix_b, 16, 16, 16, T, wmma::row_major> b;
            wmma::load_matrix_sync(b, &right[k][16 * c], D + 8);
            wmma::mma_sync(total[c], a, b, total[c]);
        }
    }
}

// Writes this warp's 16 rows of `total` · factor; `staging` is a warp's own [16, 16 + pad].
template <typename To, int D, typename Accumulator>
__device__ inline void store_rows(
    To * matrix, size_t row_length, int column, const attention_tile & tile, const Accumulator * total, float factor,
    float (*staging)[16 + k_score_pad]
) {
    const int lane = threadIdx.x % k_warp, row = 16 * (threadIdx.x / k_warp);
#pragma unroll
    for (int c = 0; c < D / 16; ++c) {
        wmma::store_matrix_sync(&staging[0][0], total[c], 16 + k_score_pad, wmma::mem_row_major);
        __syncwarp();
        for (int i = lane; i < 16 * 8; i += k_warp) {
            const int r = i / 8, e = 2 * (i % 8);
            if (row + r < tile.n_rows) {
                const float2 v = make_float2(staging[r][e] * factor, staging[r][e + 1] * factor);
                store_pair(
                    matrix + (size_t)(tile.entry_start + tile.first + row + r) * row_length + column + 16 * c + e, v
                );
            }
        }
        __syncwarp();
    }
}

__device__ inline bool row_sees(int query, int own_start, int key, int prefix_rows) {
    return key <= query && (key < prefix_rows || key >= own_start);
}

template <typename T, int D> struct forward_shared {
    T q[k_tile][D + 8], other[k_tile][D + 8], probs[k_tile][k_tile + 8];
    float scores[k_tile][k_tile + k_score_pad];
    float staging[k_attention_warps][16][16 + k_score_pad];
};

// out [N, n_head·D], log_sum [n_head, N]. grid (tiles, n_head).
template <typename T, int D>
__global__ void
attention_forward(const T * qkv, attention_inputs in, const attention_tile * tiles, T * out, float * log_sum) {
    DYNAMIC_SHARED(memory);
    forward_shared<T, D> & s = *reinterpret_cast<forward_shared<T, D> *>(memory);
    const attention_tile tile = tiles[blockIdx.x];
    const int head = blockIdx.y, kv_head = head / (in.shape.n_head / in.shape.n_head_kv), columns = in.shape.columns();
    const int k_column = (in.shape.n_head + kv_head) * D, v_column = k_column + in.shape.n_head_kv * D;
    const int lane = threadIdx.x % k_warp, row = 16 * (threadIdx.x / k_warp) + lane / 2,
              side = lane % 2; // two lanes a row, half of the keys each
    const int query = tile.first + row;
    const int own_start = row < tile.n_rows ? in.own_start[tile.entry_start + query] : 0;
    load_rows<T, T, D>(s.q, qkv, columns, head * D, tile, tile.first, k_tile);

    auto meets = [&](int key) {
        return tiles_meet(tile.first + tile.n_rows - 1, tile.seen_from, key, key + k_tile - 1, tile.prefix_rows);
    };
    auto scores_of = [&](int key) {
        __syncthreads();
        load_rows<T, T, D>(s.other, qkv, columns, k_column, tile, key, k_tile);
        __syncthreads();
        warp_products<T, D, k_tile>(s.q, s.other, s.scores);
    };
    float peak = -INFINITY, sum = 0.0f;
    for (int key = 0; key < tile.first + tile.n_rows; key += k_tile) {
        if (!meets(key)) {
            continue;
        }
        scores_of(key);
        float tile_peak = peak;
        for (int c = side * (k_tile / 2); c < (side + 1) * (k_tile / 2); ++c) {
            if (row_sees(query, own_start, key + c, tile.prefix_rows)) {
                tile_peak = fmaxf(tile_peak, s.scores[row][c] * in.scale);
            }
        }
        if (tile_peak > peak) {
            sum *= expf(peak - tile_peak);
            peak = tile_peak;
        }
        for (int c = side * (k_tile / 2); c < (side + 1) * (k_tile / 2); ++c) {
            if (row_sees(query, own_start, key + c, tile.prefix_rows)) {
                sum += expf(s.scores[row][c] * in.scale - peak);
            }
        }
        __syncwarp();
    }
    const float other_peak = __shfl_xor_sync(0xffffffffu, peak, 1), other_sum = __shfl_xor_sync(0xffffffffu, sum, 1);
    const float top = fmaxf(peak, other_peak);
    const float total = (peak == -INFINITY ? 0.0f : sum * expf(peak - top)) +
                        (other_peak == -INFINITY ? 0.0f : other_sum * expf(other_peak - top));
    const float row_log_sum = top + logf(total);
    if (side == 0 && row < tile.n_rows) {
        log_sum[(size_t)head * in.n_tokens + tile.entry_start + query] = row_log_sum;
    }

    wmma::fragment<wmma::accumulator, 16, 16, 16, float> output[D / 16];
    for (auto & fragment : output) {
        wmma::fill_fragment(fragment, 0.0f);
    }
    for (int key = 0; key < tile.first + tile.n_rows; key += k_tile) {
        if (!meets(key)) {
            continue;
        }
        scores_of(key);
        for (int c = side * (k_tile / 2); c < (side + 1) * (k_tile / 2); ++c) {
            const bool seen = row_sees(query, own_start, key + c, tile.prefix_rows);
            s.probs[row][c] = from_float<T>(seen ? expf(s.scores[row][c] * in.scale - row_log_sum) : 0.0f);
        }
        __syncthreads();
        load_rows<T, T, D>(s.other, qkv, columns, v_column, tile, key, k_tile);
        __syncthreads();
        warp_accumulate<T, D, k_tile>(output, s.probs, s.other);
    }
    store_rows<T, D>(out, (size_t)in.shape.n_head * D, head * D, tile, output, 1.0f, s.staging[threadIdx.x / k_warp]);
}

template <typename T, int D> struct query_backward_shared {
    T q[k_tile][D + 8], k[k_other_tile][D + 8];
    bf16 d_out[k_tile][D + 8], k_narrow[k_other_tile][D + 8], v[k_other_tile][D + 8],
        d_scores[k_tile][k_other_tile + 8];
    float scores[k_tile][k_other_tile + k_score_pad], d_probs[k_tile][k_other_tile + k_score_pad];
    float staging[k_attention_warps][16][16 + k_score_pad];
};

// dQ into its columns of d_qkv [N, columns]. grid (tiles, n_head).
template <typename T, int D>
__global__ void attention_query_backward(
    const T * qkv, const bf16 * d_out, const float * log_sum, const float * along, attention_inputs in,
    const attention_tile * tiles, bf16 * d_qkv
) {
    DYNAMIC_SHARED(memory);
    query_backward_shared<T, D> & s = *reinterpret_cast<query_backward_shared<T, D> *>(memory);
    const attention_tile tile = tiles[blockIdx.x];
    const int head = blockIdx.y, kv_head = head / (in.shape.n_head / in.shape.n_head_kv), columns = in.shape.columns();
    const int k_column = (in.shape.n_head + kv_head) * D, v_column = k_column + in.shape.n_head_kv * D;
    const int lane = threadIdx.x % k_warp, row = 16 * (threadIdx.x / k_warp) + lane / 2, side = lane % 2;
    const int query = tile.first + row;
    const bool is_row = row < tile.n_rows;
    const int own_start = is_row ? in.own_start[tile.entry_start + query] : 0;
    const size_t at = (size_t)head * in.n_tokens + tile.entry_start + query;
    const float row_log_sum = is_row ? log_sum[at] : 0.0f, row_along = is_row ? along[at] : 0.0f;
    load_rows<T, T, D>(s.q, qkv, columns, head * D, tile, tile.first, k_tile);
    load_rows<bf16, bf16, D>(s.d_out, d_out, (size_t)in.shape.n_head * D, head * D, tile, tile.first, k_tile);

    wmma::fragment<wmma::accumulator, 16, 16, 16, float> d_query[D / 16];
    for (auto & fragment : d_query) {
        wmma::fill_fragment(fragment, 0.0f);
    }
    for (int key = 0; key < tile.first + tile.n_rows; key += k_other_tile) {
        if (!tiles_meet(tile.first + tile.n_rows - 1, tile.seen_from, key, key + k_other_tile - 1, tile.prefix_rows)) {
            continue;
        }
        __syncthreads();
        load_rows<T, T, D>(s.k, qkv, columns, k_column, tile, key, k_other_tile);
        load_rows<T, bf16, D>(s.k_narrow, qkv, columns, k_column, tile, key, k_other_tile);
        load_rows<T, bf16, D>(s.v, qkv, columns, v_column, tile, key, k_other_tile);
        __syncthreads();
        warp_products<T, D, k_other_tile>(s.q, s.k, s.scores);
        warp_products<bf16, D, k_other_tile>(s.d_out, s.v, s.d_probs);
        for (int c = side * (k_other_tile / 2); c < (side + 1) * (k_other_tile / 2); ++c) {
            const bool seen = is_row && row_sees(query, own_start, key + c, tile.prefix_rows);
            const float prob = seen ? expf(s.scores[row][c] * in.scale - row_log_sum) : 0.0f;
            s.d_scores[row][c] = from_float<bf16>(prob * (s.d_probs[row][c] - row_along));
        }
        __syncwarp();
        warp_accumulate<bf16, D, k_other_tile>(d_query, s.d_scores, s.k_narrow);
    }
    store_rows<bf16, D>(d_qkv, columns, head * D, tile, d_query, in.scale, s.staging[threadIdx.x / k_warp]);
}

template <typename T, int D> struct key_backward_shared {
    T k[k_tile][D + 8], q[k_other_tile][D + 8];
    bf16 v[k_tile][D + 8], q_narrow[k_other_tile][D + 8], d_out[k_other_tile][D + 8];
    bf16 probs[k_tile][k_other_tile + 8], d_scores[k_tile][k_other_tile + 8];
    float scores[k_tile][k_other_tile + k_score_pad], d_probs[k_tile][k_other_tile + k_score_pad];
    float staging[k_attention_warps][16][16 + k_score_pad];
    float log_sum[k_other_tile], along[k_other_tile];
    int own_start[k_other_tile];
};

// dK and dV into their columns, over all query heads of a key head. grid (tiles, n_head_kv).
template <typename T, int D>
__global__ void attention_key_backward(
    const T * qkv, const bf16 * d_out, const float * log_sum, const float * along, attention_inputs in,
    const attention_tile * tiles, bf16 * d_qkv
) {
    DYNAMIC_SHARED(memory);
    key_backward_shared<T, D> & s = *reinterpret_cast<key_backward_shared<T, D> *>(memory);
    const attention_tile tile = tiles[blockIdx.x];
    const int * seen_from = in.seen_from + in.seen_start[blockIdx.x];
    const int kv_head = blockIdx.y, per_kv = in.shape.n_head / in.shape.n_head_kv, columns = in.shape.columns();
    const int k_column = (in.shape.n_head + kv_head) * D, v_column = k_column + in.shape.n_head_kv * D;
    const int lane = threadIdx.x % k_warp, row = 16 * (threadIdx.x / k_warp) + lane / 2, side = lane % 2;
    load_rows<T, T, D>(s.k, qkv, columns, k_column, tile, tile.first, k_tile);
    load_rows<T, bf16, D>(s.v, qkv, columns, v_column, tile, tile.first, k_tile);

    wmma::fragment<wmma::accumulator, 16, 16, 16, float> d_key[D / 16], d_value[D / 16];
    for (int c = 0; c < D / 16; ++c) {
        wmma::fill_fragment(d_key[c], 0.0f);
        wmma::fill_fragment(d_value[c], 0.0f);
    }
    for (int head = kv_head * per_kv; head < (kv_head + 1) * per_kv; ++head) {
        for (int query = tile.first / k_other_tile * k_other_tile; query < tile.entry_rows; query += k_other_tile) {
            const int last = min(query + k_other_tile, tile.entry_rows) - 1;
            if (!tiles_meet(
                    last, seen_from[query / k_other_tile], tile.first, tile.first + tile.n_rows - 1, tile.prefix_rows
                )) {
                continue;
            }
            __syncthreads();
            load_rows<T, T, D>(s.q, qkv, columns, head * D, tile, query, k_other_tile);
            load_rows<T, bf16, D>(s.q_narrow, qkv, columns, head * D, tile, query, k_other_tile);
            load_rows<bf16, bf16, D>(s.d_out, d_out, (size_t)in.shape.n_head * D, head * D, tile, query, k_other_tile);
            if (threadIdx.x < k_other_tile && query + (int)threadIdx.x <= last) {
                const int n = tile.entry_start + query + threadIdx.x;
                s.log_sum[threadIdx.x] = log_sum[(size_t)head * in.n_tokens + n];
                s.along[threadIdx.x] = along[(size_t)head * in.n_tokens + n];
                s.own_start[threadIdx.x] = in.own_start[n];
            }
            __syncthreads();
            warp_products<T, D, k_other_tile>(s.k, s.q, s.scores);
            warp_products<bf16, D, k_other_tile>(s.v, s.d_out, s.d_probs);
            for (int c = side * (k_other_tile / 2); c < (side + 1) * (k_other_tile / 2); ++c) {
                const bool seen = row < tile.n_rows && query + c <= last &&
                                  row_sees(query + c, s.own_start[c], tile.first + row, tile.prefix_rows);
                const float prob = seen ? expf(s.scores[row][c] * in.scale - s.log_sum[c]) : 0.0f;
                s.probs[row][c] = from_float<bf16>(prob);
                s.d_scores[row][c] = from_float<bf16>(seen ? prob * (s.d_probs[row][c] - s.along[c]) : 0.0f);
            }
            __syncwarp();
            warp_accumulate<bf16, D, k_other_tile>(d_value, s.probs, s.d_out);
            warp_accumulate<bf16, D, k_other_tile>(d_key, s.d_scores, s.q_narrow);
        }
    }
    store_rows<bf16, D>(d_qkv, columns, k_column, tile, d_key, in.scale, s.staging[threadIdx.x / k_warp]);
    store_rows<bf16, D>(d_qkv, columns, v_column, tile, d_value, 1.0f, s.staging[threadIdx.x / k_warp]);
}

} // namespace tinylora_kernels
