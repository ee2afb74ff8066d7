// Warp matrix operations for the emulation: see emulation.h.
#pragma once

#include "emulation.h"

namespace nvcuda::wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major };

template <typename Use, int m, int n, int k, typename T, typename Layout = void> struct fragment {
    float at[16][16];
};

inline bool first_lane() {
    return emulation::current().thread % emulation::k_warp == 0;
}

inline float value_of(float x) {
    return x;
}
inline float value_of(__half x) {
    return __half2float(x);
}
inline float value_of(__nv_bfloat16 x) {
    return __bfloat162float(x);
}

template <typename T> void fill_fragment(fragment<accumulator, 16, 16, 16, T> & f, float value) {
    if (!first_lane()) {
        return;
    }
    for (auto & row : f.at) {
        for (float & x : row) {
            x = value;
        }
    }
}

template <typename Use, typename T, typename Layout>
void load_matrix_sync(fragment<Use, 16, 16, 16, T, Layout> & f, const T * p, unsigned length) {
    for (int r = 0; r < 16 && first_lane(); ++r) {
        for (int c = 0; c < 16; ++c) {
            f.at[r][c] = value_of(std::is_same_v<Layout, row_major> ? p[r * length + c] : p[c * length + r]);
        }
    }
}

template <typename T, typename A, typename B>
void mma_sync(
    fragment<accumulator, 16, 16, 16, float> & d, const fragment<matrix_a, 16, 16, 16, T, A> & a,
    const fragment<matrix_b, 16, 16, 16, T, B> & b, const fragment<accumulator, 16, 16, 16, float> & c
) {
    for (int r = 0; r < 16 && first_lane(); ++r) {
        float row[16];
        std::copy_n(c.at[r], 16, row);
        for (int k = 0; k < 16; ++k) {
            for (int j = 0; j < 16; ++j) {
                row[j] += a.at[r][k] * b.at[k][j];
            }
        }
        std::copy_n(row, 16, d.at[r]);
    }
}

inline void
store_matrix_sync(float * p, const fragment<accumulator, 16, 16, 16, float> & f, unsigned length, layout_t) {
    for (int r = 0; r < 16 && first_lane(); ++r) {
        std::copy_n(f.at[r], 16, p + r * length);
    }
}

} // namespace nvcuda::wmma
