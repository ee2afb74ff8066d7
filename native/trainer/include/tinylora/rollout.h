// Rollouts: many prompts × samples decoded in shared batches, with exact log-probs of what was sampled.
//
// One context of libllama, or one decoder of our own kernels, a worker; a prompt is computed once for its samples, and sequences are refilled continuously. Nothing is
// ever shortened but by max_tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tinylora/adapter.h"
#include "tinylora/model.h"
#include "tinylora/progress.h"

namespace tinylora {

enum class cache_layout {
    // One cache for all sequences: a prompt's cells are shared by its samples, sequences are admitted by the cells that they
    // really use, and preempted and taken up again (recomputed from prompt and tokens so far) when the cells run out.
    unified,
    // One stream of cells a sequence, sampled on the device: for GPUs. A prompt's cells are copied to its samples' streams,
    // and every sequence has room for its longest completion from the start. Needs flash attention.
    streams,
};

struct rollout_options {
    cache_layout layout = cache_layout::unified;
    int context_tokens = 4096;  // cells a worker; streams: an equal share of them for each sequence
    int max_sequences = 64;     // running at once, a worker; at most 512
    bool cache_f32 = false;
    bool flash_attention = true;
    int batch_tokens = 512;
    int threads = 1;            // in all
    // Contexts side by side, each with threads / workers threads (at least one). On the CPU a token's attention passes over
    // all cells of its worker: small models are faster with several workers of 16 to 32 sequences than with one of 64.
    int workers = 1;
    // The library built of native/kernels: its kernels then compute streams of float16 cells where they can; empty:
    // libllama alone.
    std::string kernel_library;

    bool operator==(const rollout_options & other) const;
};

struct sample_prompt {
    std::vector<int32_t> tokens;
    uint32_t prompt_id = 0;
    uint32_t lane = 0;
};

struct sample_request {
    std::vector<sample_prompt> prompts;
    int sample_count = 1;
    uint64_t seed = 0;
    uint32_t stream = 0;
    float temperature = 1.0f;  // 0 = greedy
    float top_p = 1.0f;
    int top_k = 0;
    int max_tokens = 256;
    std::vector<std::string> stop;
};

enum class finish_reason { end, stop, length, cancelled };

struct completion {
    std::vector<int32_t> tokens;
    std::vector<float> logprobs;
    finish_reason reason = finish_reason::length;
};

struct sample_statistics {
    int64_t decoded_tokens = 0, prefilled_tokens = 0, preemptions = 0, decode_calls = 0;
    double duration_ms = 0;
    double prefill_ms = 0;  // streams only: computing prompts and copying them to their samples; of the slowest worker
};

struct sample_result {
    std::vector<std::vector<completion>> completions;  // [prompt][sample]
    sample_statistics statistics;
};

class rollout_engine {
public:
    rollout_engine(const model & m, const rollout_options & options, progress & p);
    ~rollout_engine();

    const rollout_options & options() const;

    // Adapter whose lanes follow; nullptr: the base (or live, merged or fully trained) weights.
    // Rebuilds the contexts' adapter tensors. The adapter must outlive its use here.
    void set_adapter(const adapter * a);
    // θ of each lane (one vector a lane, at least one). Bumps the adapter version, which empties every cache.
    void set_lanes(const std::vector<std::vector<float>> & params);
    // Live weights were changed (merge, full fine-tuning): empties every cache.
    void invalidate();

    // Throws bad_input when a prompt plus max_tokens does not fit the cells or the model's context.
    sample_result sample(const sample_request & request);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// One token from logits [n_vocab] at a uniform number in [0, 1); writes its exact log-prob at the temperature (untruncated
// distribution). temperature 0 = greedy, log-prob at temperature 1.
int32_t sample_token(const float * logits, int n_vocab, float temperature, float top_p, int top_k, double uniform, float * logprob);

} // namespace tinylora
