// Requests, adapters and comparisons that the tests of all kinds of rollouts share.
#pragma once

#include <algorithm>
#include <cmath>

#include "test-model.h"
#include "tinylora/philox.h"
#include "tinylora/rollout.h"

namespace tinylora_test {

using namespace tinylora;

inline rollout_options options_of(cache_layout layout, int sequences) {
    rollout_options options;
    options.layout = layout;
    options.max_sequences = sequences;
    options.context_tokens = sequences * 256;
    options.cache_f32 = true;
    options.batch_tokens = 64;
    return options;
}

inline sample_request request_of(int prompts, int samples, int max_tokens, int n_vocab) {
    sample_request request;
    request.sample_count = samples;
    request.max_tokens = max_tokens;
    request.seed = 9;
    for (int i = 0; i < prompts; i++) {
        sample_prompt prompt;
        prompt.prompt_id = uint32_t(i);
        for (int t = 0; t < 5 + (i * 7) % 16 + (i == 3 ? 80 : 0); t++) {  // the fourth is longer than a batch
            prompt.tokens.push_back(int32_t(sample_uniform(1, 2, 3, uint32_t(i), 5, uint32_t(t)) * n_vocab));
        }
        request.prompts.push_back(prompt);
    }
    return request;
}

// The CPU's flash attention rounds: on these models it moves log-probs by up to 0.02 from exact attention, differently for other
// shapes of a batch. What belongs to another sequence, position or lane moves them by whole units.
constexpr double attention_tolerance = 0.05;

// Completions agree up to where rounding carried a boundary of the distribution function over a uniform number.
inline void check_same(const sample_result & a, const sample_result & b, const std::string & what, double most_parted = 0.25) {
    double worst = 0;
    size_t count = 0, parted = 0;
    for (size_t i = 0; i < a.completions.size(); i++) {
        for (size_t j = 0; j < a.completions[i].size(); j++) {
            const completion & left = a.completions[i][j];
            const completion & right = b.completions[i][j];
            for (size_t t = 0; t < std::min(left.tokens.size(), right.tokens.size()) && left.tokens[t] == right.tokens[t]; t++) {
                worst = std::max(worst, std::fabs(double(left.logprobs[t]) - right.logprobs[t]));
            }
            check(left.tokens != right.tokens || left.reason == right.reason, what + ": equal completions end for one reason");
            count++;
            parted += left.tokens != right.tokens;
        }
    }
    check_near(worst, 0, attention_tolerance, what + ": log-probs");
    check(double(parted) <= most_parted * double(count), what + ": " + std::to_string(parted) + " of " + std::to_string(count) + " completions differ");
}

// LoRA whose b is not zero, large enough to change what is sampled.
struct lora_case {
    std::unique_ptr<adapter> a;
    std::vector<float> params;
};

inline lora_case some_lora(const model & m, int rank) {
    lora_spec spec;
    spec.rank = rank;
    spec.alpha = float(rank);
    spec.seed = 5;
    lora_case c{make_lora(m, spec), {}};
    c.params = c.a->initial_params();
    const std::vector<double> noise = projection_normals(4, "streams", c.params.size());
    for (size_t i = 0; i < c.params.size(); i++) {
        c.params[i] += float(0.05 * noise[i]);
    }
    c.a->load_params(c.params.data());
    return c;
}

// TinyLoRA-like factors of rank 2 and three lanes for them.
struct lanes_case {
    std::unique_ptr<adapter> a;
    std::vector<std::vector<float>> lanes;
};

inline lanes_case three_lanes(const model & m) {
    factored_spec spec;
    spec.rank = 2;
    spec.u = 4;
    for (const linear_module & module : m.modules()) {
        factored_module_spec factors{module.name, spec.group_count++, {}, {}, std::vector<float>(16, 0.0f)};
        for (const double x : projection_normals(6, module.name + ".a", size_t(module.n_in * 2))) {
            factors.a.push_back(float(x / std::sqrt(double(module.n_in))));
        }
        for (const double x : projection_normals(6, module.name + ".b", size_t(module.n_out * 2))) {
            factors.b.push_back(float(x));
        }
        for (int i = 0; i < 4; i++) {
            factors.p[size_t(5 * i)] = 1.0f;
        }
        spec.modules.push_back(factors);
    }
    lanes_case c{make_factored(m, spec), {}};
    for (const char * name : {"first", "second", "third"}) {
        std::vector<float> & lane = c.lanes.emplace_back();
        for (const double x : projection_normals(4, name, c.a->n_params())) {
            lane.push_back(float(0.3 * x));
        }
    }
    return c;
}

// The built-in model, and one of its questions asked so many times.
inline std::unique_ptr<model> load_chain(bool dequantise) {
    model_options options;
    options.path = std::string(TINYLORA_REPOSITORY_DIR) + "/resources/models/chain.gguf";
    options.hash = "test";
    options.backend_dir = TINYLORA_BACKEND_DIR;
    options.dequantise = dequantise;
    return model::load(options);
}

inline sample_request chain_request(const model & m, int samples) {
    const std::string question = "38+42+10";
    sample_prompt prompt;
    prompt.tokens.resize(question.size() + 8);
    prompt.tokens.resize(size_t(llama_tokenize(m.vocab(), question.data(), int32_t(question.size()), prompt.tokens.data(), int32_t(prompt.tokens.size()), true, false)));
    sample_request request;
    request.prompts = {prompt};
    request.sample_count = samples;
    request.max_tokens = 40;
    request.seed = 2;
    return request;
}

inline size_t early_ends(const sample_result & result) {
    size_t early = 0;
    for (const completion & c : result.completions[0]) {
        early += c.reason == finish_reason::end && c.tokens.size() < 6;
    }
    return early;
}

} // namespace tinylora_test
