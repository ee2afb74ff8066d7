// What lies between the products of a layer: norms, residuals, RoPE, SwiGLU, each with what the adapter adds there.
//
// Activations of the forward are T (the weights' type), gradients bfloat16, the residual stream and its gradient
// float32.
#pragma once

#include "adapter.cuh"

namespace tinylora_kernels {

template <typename From, typename To> __global__ void convert(const From * from, To * to, long long n) {
    const long long i = 2 * ((long long)blockIdx.x * k_block + threadIdx.x);
    if (i < n) {
        store_pair(to + i, load_pair(from + i));
    }
}

// cos and sin of every position: table [N, head_dim / 2]. RoPE as ggml computes it, without YaRN.
__global__ void rope_table(
    const int * positions, const float * factors, int half_dim, float base, float scale, int n_tokens, float2 * table
) {
    const int i = blockIdx.x * k_block + threadIdx.x;
    if (i < n_tokens * half_dim) {
        const int pair = i % half_dim;
        const float angle = (float)positions[i / half_dim] * powf(base, -(float)pair / (float)half_dim) * scale /
                            (factors != nullptr ? factors[pair] : 1.0f);
        table[i] = make_float2(cosf(angle), sinf(angle));
    }
}

// One row a block: h = x + t + b z, normed = rms_norm(h) · weight. Where t is nullptr, h is x and not written; normed
// may be nullptr.
template <typename T, int R>
__global__ void residual_norm(
    const float * x, const T * t, const float * b_t, const float * cored, int slot, const float * weight, float epsilon,
    int n, float * h, T * normed
) {
    __shared__ float shared[k_block / k_warp];
    const size_t row = (size_t)blockIdx.x * n;
    const float * z = cored + ((size_t)blockIdx.x * 7 + slot) * R;
    float squares = 0.0f;
    for (int i = 2 * threadIdx.x; i < n; i += 2 * k_block) {
        float2 v = load_pair(x + row + i);
        if (t != nullptr) {
            const float2 product = load_pair(t + row + i), delta = adapter_pair<R>(b_t, n, i, z);
            v.x += product.x + delta.x;
            v.y += product.y + delta.y;
            store_pair(h + row + i, v);
        }
        squares += v.x * v.x + v.y * v.y;
    }
    if (normed == nullptr) {
        return;
    }
    const float inverse = rsqrtf(block_sum(squares, shared) / (float)n + epsilon);
    const float * source = t != nullptr ? h : x;
    for (int i = 2 * threadIdx.x; i < n; i += 2 * k_block) {
        const float2 v = load_pair(source + row + i), w = load_pair(weight + i);
        store_pair(normed + row + i, make_float2(v.x * inverse * w.x, v.y * inverse * w.y));
    }
}

// dy += gradient of rms_norm(h) · weight through d = product + Σ_m a_mᵀ s_m; also as bfloat16. One row a block.
template <int R>
__global__ void norm_backward(
    const bf16 * product, projection_list adapters, int n_adapters, const float * cored, const float * h,
    const float * weight, float epsilon, int n, float * dy, bf16 * dy_narrow
) {
    __shared__ float shared[k_block / k_warp];
    const size_t row = (size_t)blockIdx.x * n;
    auto gradient = [&](int i) {
        float2 d = load_pair(product + row + i);
        for (int m = 0; m < n_adapters; ++m) {
            const float2 delta = adapter_pair<R>(
                adapters.module[m].factor, n, i, cored + ((size_t)blockIdx.x * 7 + adapters.module[m].slot) * R
            );
            d.x += delta.x;
            d.y += delta.y;
        }
        const float2 w = load_pair(weight + i);
        return make_float2(d.x * w.x, d.y * w.y);
    };
    float squares = 0.0f, along = 0.0f;
    for (int i = 2 * threadIdx.x; i < n; i += 2 * k_block) {
        const float2 v = load_pair(h + row + i), d = gradient(i);
        squares += v.x * v.x + v.y * v.y;
        along += v.x * d.x + v.y * d.y;
    }
    squares = block_sum(squares, shared);
    along = block_sum(along, shared);
    const float inverse = rsqrtf(squares / (float)n + epsilon);
    const float pull = along * inverse * inverse / (float)n;
    for (int i = 2 * threadIdx.x; i < n; i += 2 * k_block) {
        const float2 v = load_pair(h + row + i), d = gradient(i), before = load_pair(dy + row + i);
        const float2 after =
            make_float2(before.x + inverse * (d.x - v.x * pull), before.y + inverse * (d.y - v.y * pull));
        store_pair(dy + row + i, after);
        store_pair(dy_narrow + row + i, after);
    }
}

struct qkv_shape {
    int n_head, n_head_kv, head_dim;
    bool neox;
    __host__ __device__ int columns() const { return (n_head + 2 * n_head_kv) * head_dim; }
};

// The two columns that RoPE turns together, by the pair's number among all of q, k, v.
__device__ inline void rope_columns(const qkv_shape & shape, int pair, int * first, int * second, int * in_head) {
    const int half_dim = shape.head_dim / 2, head = pair / half_dim;
    *in_head = pair % half_dim;
    *first = head * shape.head_dim + (shape.neox ? *in_head : 2 * *in_head);
    *second = *first + (shape.neox ? half_dim : 1);
}

struct qkv_factors {
    const float * bias[3];
    const float * b_t[3];
};

// Where keys and values go besides: those of row n to the cache's row cells[n]; nowhere where rows is nullptr.
template <typename T> struct cache_rows {
    T * rows = nullptr; // [cells, 2, n_head_kv·head_dim]
    const int * cells = nullptr;
};

// qkv [N, columns] in place: + bias + b z, then RoPE on q and k. grid (N, pairs / k_block).
template <typename T, int R>
__global__ void
finish_qkv(T * qkv, qkv_shape shape, qkv_factors f, const float * cored, const float2 * table, cache_rows<T> cache) {
    const int pair = blockIdx.y * k_block + threadIdx.x, n = blockIdx.x, half_dim = shape.head_dim / 2;
    if (pair >= shape.columns() / 2) {
        return;
    }
    int c[2], in_head;
    rope_columns(shape, pair, &c[0], &c[1], &in_head);
    const int head = pair / half_dim;
    const int m = head < shape.n_head ? 0 : head < shape.n_head + shape.n_head_kv ? 1 : 2;
    const int start = m == 0 ? 0 : (shape.n_head + (m - 1) * shape.n_head_kv) * shape.head_dim;
    const int width = (m == 0 ? shape.n_head : shape.n_head_kv) * shape.head_dim;
    const float * z = cored + ((size_t)n * 7 + m) * R;
    T * row = qkv + (size_t)n * shape.columns();
    float v[2];
    for (int e = 0; e < 2; ++e) {
        const int i = c[e] - start;
        v[e] = to_float(row[c[e]]) + (f.bias[m] != nullptr ? f.bias[m][i] : 0.0f);
        for (int j = 0; j < R && f.b_t[m] != nullptr; ++j) {
            v[e] += f.b_t[m][(size_t)j * width + i] * z[j];
        }
    }
    const float2 turn = m < 2 ? table[(size_t)n * half_dim + in_head] : make_float2(1.0f, 0.0f);
    const T turned[2] = {from_float<T>(v[0] * turn.x - v[1] * turn.y), from_float<T>(v[0] * turn.y + v[1] * turn.x)};
    const int q_width = shape.n_head * shape.head_dim;
    for (int e = 0; e < 2; ++e) {
        row[c[e]] = turned[e];
        if (cache.rows != nullptr && m > 0) {
            cache.rows[(size_t)cache.cells[n] * (shape.columns() - q_width) + c[e] - q_width] = turned[e];
        }
    }
}

// d_qkv in place: the turn back.
__global__ void rope_backward(bf16 * d_qkv, qkv_shape shape, const float2 * table) {
    const int pair = blockIdx.y * k_block + threadIdx.x, n = blockIdx.x, half_dim = shape.head_dim / 2;
    if (pair >= (shape.n_head + shape.n_head_kv) * half_dim) {
        return;
    }
    int first, second, in_head;
    rope_columns(shape, pair, &first, &second, &in_head);
    bf16 * row = d_qkv + (size_t)n * shape.columns();
    const float a = to_float(row[first]), b = to_float(row[second]);
    const float2 turn = table[(size_t)n * half_dim + in_head];
    row[first] = from_float<bf16>(a * turn.x + b * turn.y);
    row[second] = from_float<bf16>(b * turn.x - a * turn.y);
}

constexpr int k_swiglu_tokens = 4; // rows a thread: the adapter's factors are read once for all of them

// gate_up [N, 2, n_ff] in place: + b z. activation [N, n_ff] = silu(gate) · up. grid (N / 4, n_ff / (2 k_block)).
template <typename T, int R>
__global__ void swiglu(
    T * gate_up, const float * __restrict__ b_gate, const float * __restrict__ b_up, const float * __restrict__ cored,
    int n_ff, int n_tokens, T * activation
) {
    const int i = 2 * (blockIdx.y * k_block + threadIdx.x);
    if (i >= n_ff) {
        return;
    }
    for (int n = blockIdx.x * k_swiglu_tokens; n < min(n_tokens, (int)(blockIdx.x + 1) * k_swiglu_tokens); ++n) {
        T * row = gate_up + (size_t)n * 2 * n_ff;
        const float * z = cored + (size_t)n * 7 * R;
        float2 gate = load_pair(row + i), up = load_pair(row + n_ff + i);
        const float2 d_gate = adapter_pair<R>(b_gate, n_ff, i, z + 4 * R),
                     d_up = adapter_pair<R>(b_up, n_ff, i, z + 5 * R);
        gate = make_float2(gate.x + d_gate.x, gate.y + d_gate.y);
        up = make_float2(up.x + d_up.x, up.y + d_up.y);
        store_pair(row + i, gate);
        store_pair(row + n_ff + i, up);
        if (activation != nullptr) {
            const float2 out =
                make_float2(gate.x / (1.0f + expf(-gate.x)) * up.x, gate.y / (1.0f + expf(-gate.y)) * up.y);
            store_pair(activation + (size_t)n * n_ff + i, out);
        }
    }
}

// d_activation [N, n_ff] + a_downᵀ s → d_gate_up [N, 2, n_ff]. Same grid as swiglu.
template <typename T, int R>
__global__ void swiglu_backward(
    const bf16 * d_activation, const T * gate_up, const float * __restrict__ a_down, const float * __restrict__ cored,
    int n_ff, int n_tokens, bf16 * d_gate_up
) {
    const int i = 2 * (blockIdx.y * k_block + threadIdx.x);
    if (i >= n_ff) {
        return;
    }
    for (int n = blockIdx.x * k_swiglu_tokens; n < min(n_tokens, (int)(blockIdx.x + 1) * k_swiglu_tokens); ++n) {
        const float2 product = load_pair(d_activation + (size_t)n * n_ff + i);
        const float2 delta = adapter_pair<R>(a_down, n_ff, i, cored + ((size_t)n * 7 + 6) * R);
        const float2 gate = load_pair(gate_up + (size_t)n * 2 * n_ff + i),
                     up = load_pair(gate_up + (size_t)n * 2 * n_ff + n_ff + i);
        const float d[2] = {product.x + delta.x, product.y + delta.y}, g[2] = {gate.x, gate.y}, u[2] = {up.x, up.y};
        float d_gate[2], d_up[2];
        for (int e = 0; e < 2; ++e) {
            const float sigmoid = 1.0f / (1.0f + expf(-g[e]));
            d_up[e] = d[e] * g[e] * sigmoid;
            d_gate[e] = d[e] * u[e] * sigmoid * (1.0f + g[e] * (1.0f - sigmoid));
        }
        bf16 * row = d_gate_up + (size_t)n * 2 * n_ff;
        store_pair(row + i, make_float2(d_gate[0], d_gate[1]));
        store_pair(row + n_ff + i, make_float2(d_up[0], d_up[1]));
    }
}

// d_out [N, n_head·head_dim] += a_oᵀ s in place, and along[head, n] = Σ d_out · out, which attention's backward
// subtracts. One warp a head, grid (n_head, N / 8).
template <typename T, int R>
__global__ void attention_output_backward(
    bf16 * d_out, const T * out, const float * a, const float * cored, int n_head, int head_dim, int n_tokens,
    float * along
) {
    const int head = blockIdx.x, n = blockIdx.y * (k_block / k_warp) + threadIdx.x / k_warp, width = n_head * head_dim;
    if (n >= n_tokens) {
        return;
    }
    float sum = 0.0f;
    for (int e = 2 * (threadIdx.x % k_warp); e < head_dim; e += 2 * k_warp) {
        const int i = head * head_dim + e;
        const size_t at = (size_t)n * width + i;
        float2 d = load_pair(d_out + at);
        const float2 delta = adapter_pair<R>(a, width, i, cored + ((size_t)n * 7 + 3) * R), o = load_pair(out + at);
        d = make_float2(d.x + delta.x, d.y + delta.y);
        store_pair(d_out + at, d);
        sum += d.x * o.x + d.y * o.y;
    }
    sum = warp_sum(sum);
    if (threadIdx.x % k_warp == 0) {
        along[(size_t)head * n_tokens + n] = sum;
    }
}

} // namespace tinylora_kernels
