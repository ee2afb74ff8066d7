// The layers of the training pass, and rollouts, as CUDA kernels of our own, in a library that is built where nvcc is
// and loaded where it is found.
//
// A plain C interface, so that the trainer needs no CUDA. All pointers into a model are device memory that belongs to
// the caller. Matrices are row-major: a weight is [n_out, n_in] (ggml ne = {n_in, n_out}), activations are [N, n].
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINYLORA_KERNEL_MODULES 7 // q, k, v, o, gate, up, down, as tinylora::module_type

enum tinylora_kernel_weight_type { TINYLORA_KERNEL_F16, TINYLORA_KERNEL_BF16 };

struct tinylora_kernel_linear {
    const void * w;     // [n_out, n_in] of the model's weight type
    const float * bias; // [n_out], or NULL
    const float * a;    // [padded rank, n_in]: the adapter's a; NULL where the module is not adapted
    const float * b_t;  // [padded rank, n_out]: its bᵀ
    int adapter_index;  // which core is its own
    // Where a backward adds the gradients of a [rank, n_in] and b [n_out, rank], before the core; NULL: both are
    // frozen.
    float *a_gradient, *b_gradient;
};

struct tinylora_kernel_layer {
    const float *attn_norm, *ffn_norm; // [n_embd]
    struct tinylora_kernel_linear linear[TINYLORA_KERNEL_MODULES];
};

struct tinylora_kernel_model {
    enum tinylora_kernel_weight_type weight_type;
    int n_layer, n_embd, n_ff, n_head, n_head_kv, head_dim;
    float rms_epsilon, rope_base, rope_scale, attention_scale;
    int rope_neox;              // 1: pairs (i, i + head_dim/2); 0: pairs (2i, 2i + 1)
    const float * rope_factors; // device, [head_dim / 2], or NULL
    int rank;                   // of the adapter, at most 8
    int n_adapted;
    const struct tinylora_kernel_layer * layers; // host, [n_layer]; copied
    // NULL, or brings a layer's weights to where its pointers say, before it is computed; other layers' may be gone
    // then. What read them is done. Returns 0 where it could not.
    int (*bring_layer)(void * user, int layer);
    void * user;
};

// Packed rows: each entry is a prefix and the suffixes that continue it, one after the other. Host memory.
struct tinylora_pass_batch {
    int n_tokens, n_entries;
    const int32_t * positions;   // [n_tokens]
    const int32_t * entry_start; // [n_entries + 1] first row of each entry
    const int32_t * prefix_rows; // [n_entries] rows of its prefix
    const int32_t *
        own_start; // [n_tokens] first row, within the entry, of the suffix that the row belongs to; 0 in a prefix
};

struct tinylora_pass; // opaque

// All return NULL, or a message that belongs to the pass and lives until the next call; out-of-memory messages start
// with "out of memory". Calls wait until the device has done the work.

struct tinylora_pass * tinylora_pass_create(const struct tinylora_kernel_model * model, const char ** message);
void tinylora_pass_destroy(struct tinylora_pass * pass);

// Whether this model's shapes have kernels.
int tinylora_kernel_supports(const struct tinylora_kernel_model * model);

// cores: host, [n_adapted][rank, rank] row-major; NULL: the base model alone.
const char * tinylora_pass_set_cores(struct tinylora_pass * pass, const float * cores);

// Bytes that a micro-batch of n_tokens needs, `kept` with what a backward pass reads.
size_t tinylora_pass_bytes(const struct tinylora_pass * pass, int n_tokens, int kept);

// x, y: device float32 [N, n_embd]. `limit_bytes` bounds what is kept: within it, the feed-forward's inner activations
// are kept too, layer by layer; the rest computes them again in its backward. kept = 0: nothing is kept, no backward
// can follow.
const char * tinylora_pass_forward(
    struct tinylora_pass * pass, const struct tinylora_pass_batch * batch, const float * x, float * y, int kept,
    size_t limit_bytes
);

// dy: device float32 [N, n_embd], overwritten. core_gradients: host [n_adapted][rank, rank]; dL/dR is added; NULL where
// the factors are trained, whose gradients go to their linear's a_gradient and b_gradient.
const char * tinylora_pass_backward(struct tinylora_pass * pass, float * dy, double * core_gradients);

// --- Rollouts: sequences that share prompts, decoded and sampled on the device. ---
//
// The cache is one row of cells: a prompt's tokens lie in cells of its own, a sequence's drawn tokens in others. A slot
// is a sequence's place for its last drawn token, which the next step starts from without the host.

struct tinylora_decoder_model {
    struct tinylora_kernel_model layers;
    int n_vocab;
    const void *embedding, *output; // [n_vocab, n_embd] of the model's weight type
    const float * output_norm;      // [n_embd]
};

struct tinylora_decoder; // opaque

// Prompts one after the other. Host memory.
struct tinylora_prompts {
    int n_tokens, n_prompts;
    const int32_t * tokens;     // [n_tokens]
    const int32_t * start;      // [n_prompts + 1] first token of each
    const int32_t * first_cell; // [n_prompts]
    const int32_t * lane;       // [n_prompts]
};

// One token of each of n sequences. The token that goes in is the slot's last. Host memory, [n] each.
struct tinylora_sequences {
    int n;
    const int32_t * slot;
    const int32_t * position;      // of the token that goes in: prefix_length and more
    const int32_t * prefix_cell;   // first of the prompt
    const int32_t * prefix_length; // cells of the prompt
    const int32_t * own_cell;      // first of its own
    const int32_t * lane;
};

// One token a draw, by inverting the distribution function at a uniform number in [0, 1). temperature 0: the most
// likely one, with its log-prob at temperature 1. Log-probs are of the whole distribution at the temperature.
struct tinylora_draws {
    int n;
    const int32_t * row;   // [n] prompt or sequence whose logits it is drawn from
    const int32_t * slot;  // [n] which takes the token
    const float * uniform; // [n]
    float temperature;
};

struct tinylora_decoder * tinylora_decoder_create(const struct tinylora_decoder_model * model, const char ** message);
void tinylora_decoder_destroy(struct tinylora_decoder * decoder);

// Memory for n_slots sequences and n_cells cells; what they held is lost.
const char * tinylora_decoder_reserve(struct tinylora_decoder * decoder, int n_slots, int n_cells);

// cores: host, [n_lanes][n_adapted][rank, rank] row-major; NULL: the base model alone.
const char * tinylora_decoder_set_cores(struct tinylora_decoder * decoder, const float * cores, int n_lanes);

// Both begin work and return; at most two may be under way. The draws come back by tinylora_decoder_wait, in order.
const char * tinylora_decoder_prefill(
    struct tinylora_decoder * decoder, const struct tinylora_prompts * prompts, const struct tinylora_draws * draws
);
const char * tinylora_decoder_step(
    struct tinylora_decoder * decoder, const struct tinylora_sequences * sequences, const struct tinylora_draws * draws
);

// tokens, logprobs: [n] of the oldest work under way. A log-prob that is not finite says that the logits are not.
const char * tinylora_decoder_wait(struct tinylora_decoder * decoder, int32_t * tokens, float * logprobs);

// Logits of one row of the work begun last, [n_vocab], and another last token for a slot: for draws that the host
// makes.
const char * tinylora_decoder_read_logits(struct tinylora_decoder * decoder, int row, float * logits);
const char * tinylora_decoder_set_token(struct tinylora_decoder * decoder, int slot, int32_t token);

#ifdef __cplusplus
}
#endif
