// Draws one token from a row of logits and returns its exact log-prob. Runs in the engine process, once a sampled token.
//
// The row is read in blocks of 1024: exponentials in float (relative error about 1e-7), summed in pairs, and the sums of
// the blocks in double. The token is found by inverting the distribution function: first the block, then the entry in it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tinylora/rollout.h"

// One copy of the hot loops a CPU generation, chosen when the library is loaded. Every copy adds in the same order and
// so returns the same bits (-ffp-contract=off).
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TINYLORA_MULTIVERSION __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TINYLORA_MULTIVERSION
#endif

namespace tinylora {

namespace {

constexpr int block_size = 1024;

inline float clamp_exponent(float x) {
    constexpr float lowest = -88.0f;
    return x > lowest ? x : lowest;
}

// e^x for x in [−88, 0]; exactly 0 at −88, where the exponent's bits are 0. Reduction x = n ln 2 + r in two parts, then a
// Taylor polynomial on |r| ≤ ln(2)/2.
inline float exp_nonpositive(float x) {
    constexpr float round_shift = 12582912.0f;  // 1.5 · 2^23: adding and subtracting it rounds to an integer
    const float n = (x * 1.44269504f + round_shift) - round_shift;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const int32_t bits = (int32_t(n) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}

// Plain loops over a whole block, which every compiler turns into vector code.
TINYLORA_MULTIVERSION
float row_maximum(const float * values, int count) {
    float best[block_size];
    std::fill_n(best, block_size, -std::numeric_limits<float>::infinity());
    for (int first = 0; first < count; first += block_size) {
        const int size = std::min(block_size, count - first);
        for (int i = 0; i < size; i++) {
            const float value = values[first + i];
            best[i] = value > best[i] ? value : best[i];
        }
    }
    for (int half = block_size / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            best[i] = best[i + half] > best[i] ? best[i + half] : best[i];
        }
    }
    return best[0];
}

// Σ e^((x − maximum) · inverse_temperature) over one block, summed in pairs.
TINYLORA_MULTIVERSION
double block_sum(const float * values, int count, float maximum, float inverse_temperature) {
    float weights[block_size];
    for (int i = 0; i < count; i++) {
        weights[i] = clamp_exponent((values[i] - maximum) * inverse_temperature);
    }
    for (int i = 0; i < count; i++) {
        weights[i] = exp_nonpositive(weights[i]);
    }
    std::fill(weights + count, weights + block_size, 0.0f);
    for (int half = block_size / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            weights[i] += weights[i + half];
        }
    }
    return weights[0];
}

// The row, its temperature, and the sums of its blocks.
struct row_sums {
    const float * logits;
    int count;
    float maximum;
    float temperature;
    float inverse_temperature;
    double total;
    std::vector<double> & blocks;

    double weight(int token) const { return exp_nonpositive(clamp_exponent((logits[token] - maximum) * inverse_temperature)); }

    float logprob(int token) const {
        return float((double(logits[token]) - maximum) / temperature - std::log(total));
    }
};

row_sums sum_row(const float * logits, int count, float temperature, std::vector<double> & blocks) {
    row_sums row{logits, count, row_maximum(logits, count), temperature, 1.0f / temperature, 0, blocks};
    blocks.clear();
    for (int first = 0; first < count; first += block_size) {
        const int size = std::min(block_size, count - first);
        blocks.push_back(block_sum(logits + first, size, row.maximum, row.inverse_temperature));
        row.total += blocks.back();
    }
    if (!std::isfinite(row.maximum) || !std::isfinite(row.total)) {
        fail_internal("The model returned logits that are not finite numbers.");
    }
    return row;
}

int invert_row(const row_sums & row, double uniform) {
    double target = uniform * row.total;
    // Rounding may leave the target just above all sums: the last entry that has a weight is taken then.
    size_t block = 0;
    bool found = false;
    for (size_t i = 0; i < row.blocks.size() && !found; i++) {
        if (row.blocks[i] > 0) {
            block = i;
            found = target < row.blocks[i];
            target -= found ? 0 : row.blocks[i];
        }
    }
    if (!found) {
        target = std::numeric_limits<double>::infinity();
    }
    const int first = int(block) * block_size;
    const int last = std::min(first + block_size, row.count);
    int chosen = first;
    for (int token = first; token < last; token++) {
        const double weight = row.weight(token);
        if (weight <= 0) {
            continue;
        }
        chosen = token;
        if (target < weight) {
            break;
        }
        target -= weight;
    }
    return chosen;
}

// The `size` largest entries, largest first, ties by index.
void largest_entries(const row_sums & row, int size, std::vector<int> & tokens) {
    tokens.resize(row.count);
    for (int i = 0; i < row.count; i++) {
        tokens[i] = i;
    }
    const auto before = [&](int left, int right) {
        return row.logits[left] != row.logits[right] ? row.logits[left] > row.logits[right] : left < right;
    };
    if (size < row.count) {
        std::nth_element(tokens.begin(), tokens.begin() + size, tokens.end(), before);
        tokens.resize(size);
    }
    std::sort(tokens.begin(), tokens.end(), before);
}

// Temperature first, then the top_k largest, then the smallest head of these that holds top_p of their mass.
int invert_truncated(const row_sums & row, float top_p, int top_k, double uniform) {
    constexpr int first_guess = 256;
    const int limit = top_k > 0 ? std::min(top_k, row.count) : row.count;
    std::vector<int> tokens;
    for (int size = top_k > 0 ? limit : std::min(first_guess, limit);; size = std::min(size * 8, limit)) {
        largest_entries(row, size, tokens);
        double mass = row.total;
        if (top_k > 0) {
            mass = 0;
            for (const int token : tokens) {
                mass += row.weight(token);
            }
        }
        double head = 0;
        size_t kept = 0;
        while (kept < tokens.size() && (kept == 0 || head < top_p * mass)) {
            head += row.weight(tokens[kept++]);
        }
        if (head < top_p * mass && size < limit) {
            continue;
        }
        double target = uniform * head;
        for (size_t i = 0; i + 1 < kept; i++) {
            const double weight = row.weight(tokens[i]);
            if (target < weight) {
                return tokens[i];
            }
            target -= weight;
        }
        return tokens[kept - 1];
    }
}

} // namespace

int32_t sample_token(const float * logits, int n_vocab, float temperature, float top_p, int top_k, double uniform, float * logprob) {
    static thread_local std::vector<double> blocks;

    const bool greedy = temperature <= 0;
    const row_sums row = sum_row(logits, n_vocab, greedy ? 1.0f : temperature, blocks);
    int token;
    if (greedy) {
        token = int(std::find(logits, logits + n_vocab, row.maximum) - logits);
    } else if (top_k > 0 || top_p < 1) {
        token = invert_truncated(row, top_p, top_k, uniform);
    } else {
        token = invert_row(row, uniform);
    }
    *logprob = row.logprob(token);
    return token;
}

} // namespace tinylora
