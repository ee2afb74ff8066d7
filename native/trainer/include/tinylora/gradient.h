// The training pass: log-probs, entropy, loss and gradient of the adapter's numbers for packed groups of sequences.
//
// A group is a prefix (the prompt) computed once and the suffixes (completions) that continue it. Only layer inputs are
// stored; every layer is computed again in the backward. See gradient.cpp for the graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tinylora/adapter.h"
#include "tinylora/model.h"
#include "tinylora/progress.h"

namespace tinylora {

struct sequence_group {
    std::vector<int32_t> prefix;                       // at least one token
    bool score_prefix = false;                         // also log-probs of prefix[1…]
    std::vector<float> prefix_weights;                 // empty, or one a prefix token (index 0 ignored)
    std::vector<std::vector<int32_t>> suffixes;
    std::vector<std::vector<float>> suffix_weights;    // linear objective: loss = Σ −weight · logp
    // GRPO objective:
    std::vector<float> advantages;                     // [suffix]
    std::vector<std::vector<float>> rollout_logprobs;  // [suffix][token]
    std::vector<std::vector<float>> old_logprobs;      // empty: this pass' own, detached
    std::vector<std::vector<float>> reference_logprobs;  // needed where kl_coefficient > 0
    std::vector<float> token_scales;                   // [suffix]; 0: scored but without backward
};

struct grpo_objective {
    float clip_epsilon = 0.2f;
    float importance_cap = 2.0f;
    float kl_coefficient = 0.0f;
};

struct group_result {
    std::vector<float> prefix_logprobs, prefix_entropy;  // empty when not scored; NaN at index 0
    std::vector<std::vector<float>> suffix_logprobs, suffix_entropy;
    std::vector<std::vector<float>> importance_weights, ratios, k3, loss_gradients;  // GRPO
    std::vector<std::vector<uint8_t>> clipped;
};

struct pass_options {
    float temperature = 1.0f;
    bool backward = false;
    bool adapter_off = false;
    bool grpo = false;
    grpo_objective objective;
    int micro_batch_tokens = 0;  // 0 = choose
};

struct pass_result {
    double loss = 0;
    int64_t tokens_computed = 0;
    std::vector<group_result> groups;
};

struct trainer_options {
    bool exact = false;  // weights dequantised to F32 in the forward
    int threads = 1;
    int workers = 1;     // graphs side by side, each with threads / workers threads
    // A micro-batch whose activations need more keeps layer inputs only and computes each layer again in its backward.
    // On a GPU a share of the memory that the weights leave instead.
    size_t activation_limit_bytes = (size_t) 512 << 20;
    // The library built of native/kernels, whose kernels then compute the layers where they can; empty: ggml alone.
    std::string kernel_library;
};

class trainer {
public:
    trainer(const model & m, const trainer_options & options, progress & p);
    ~trainer();

    // nullptr: the base model alone. The adapter must outlive its use here.
    void set_adapter(adapter * a);
    // θ as used in the forward (already rounded where the storage precision asks for it).
    void set_params(const std::vector<float> & params);

    // Adds to the gradient when options.backward.
    pass_result pass(const std::vector<sequence_group> & groups, const pass_options & options);

    void zero_gradient();
    const std::vector<double> & gradient() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace tinylora
