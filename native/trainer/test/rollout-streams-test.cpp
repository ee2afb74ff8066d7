// Rollouts with one cache stream a sequence: the same completions as the unified cache's, in several waves, with prompts of
// different lengths, lanes and adapters; and the sampling graph against the host's sampler.
#include <algorithm>

#include "device-sampler.h"
#include "rollout-cases.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

void same_as_unified(const model & m) {
    progress p;
    sample_request request = request_of(9, 5, 12, m.hparams().n_vocab);
    request.temperature = 0.8f;
    rollout_engine unified(m, options_of(cache_layout::unified, 45), p);
    const sample_result expected = unified.sample(request);
    for (const int sequences : {45, 16, 7, 2}) {
        rollout_engine engine(m, options_of(cache_layout::streams, sequences), p);
        const std::string name = std::to_string(sequences) + " streams";
        const sample_result result = engine.sample(request);
        check_same(expected, result, name);
        check(p.done == 45 && p.total == 45, name + ": progress counts completions");
        check(sequences < 45 || result.statistics.prefilled_tokens == expected.statistics.prefilled_tokens, name + ": each prompt is computed once");
        check_same(result, engine.sample(request), name + ", asked again");
    }
    rollout_options two = options_of(cache_layout::streams, 16);
    two.workers = two.threads = 2;
    rollout_engine pair(m, two, p);
    check_same(expected, pair.sample(request), "two workers");

    rollout_engine engine(m, options_of(cache_layout::streams, 16), p);
    request.temperature = 0;
    check_same(unified.sample(request), engine.sample(request), "greedy");
    request.temperature = 1;
    request.top_k = 5;
    check_same(unified.sample(request), engine.sample(request), "top-k");
    request.top_k = 0;
    request.max_tokens = 1;
    check_same(unified.sample(request), engine.sample(request), "one token each");
    check_throws([&] {
        request.max_tokens = 300;
        engine.sample(request);
    }, "Raise contextTokens", "a completion longer than its stream");
    check_throws([&] {
        rollout_options plain = options_of(cache_layout::streams, 4);
        plain.flash_attention = false;
        rollout_engine refused(m, plain, p);
    }, "flash attention", "streams without flash attention");
}

// One lane for every third prompt.
void lanes_and_adapters(const model & m) {
    progress p;
    const lora_case lora = some_lora(m, 2);
    sample_request request = request_of(9, 4, 10, m.hparams().n_vocab);
    rollout_engine unified(m, options_of(cache_layout::unified, 36), p), engine(m, options_of(cache_layout::streams, 16), p);
    for (rollout_engine * e : {&unified, &engine}) {
        e->set_adapter(lora.a.get());
        e->set_lanes({lora.params});
    }
    check_same(unified.sample(request), engine.sample(request), "LoRA");

    const lanes_case three = three_lanes(m);
    for (size_t i = 0; i < request.prompts.size(); i++) {
        request.prompts[i].lane = uint32_t(i % 3);
    }
    for (rollout_engine * e : {&unified, &engine}) {
        e->set_adapter(three.a.get());
        e->set_lanes(three.lanes);
    }
    check_same(unified.sample(request), engine.sample(request), "three lanes");
}

// The built-in model answers at once (4 tokens) or with its working (7), so that running streams close up on the way.
void answers_of_all_lengths() {
    const auto m = load_chain(false);
    const sample_request request = chain_request(*m, 24);
    progress p;
    rollout_engine unified(*m, options_of(cache_layout::unified, 24), p), engine(*m, options_of(cache_layout::streams, 24), p);
    const sample_result result = engine.sample(request);
    const size_t early = early_ends(result);
    check(early >= 12 && early < 24, "half of the answers and more end early, " + std::to_string(early) + " of 24");
    check_same(unified.sample(request), result, "answers of all lengths");
}

double probability(const float * row, int n_vocab, int token, double temperature) {
    double sum = 0;
    for (int i = 0; i < n_vocab; i++) {
        sum += std::exp((row[i] - row[token]) / temperature);
    }
    return 1 / sum;
}

// The graph's draws are the host's, but where a uniform number lies within rounding of a boundary (float32 sums, one after the
// other on the CPU): there only tokens of hardly any
// probability lie between them.
void graph_against_host(const model & m, int n_vocab) {
    const int n_rows = 40, n_draws = 2000;
    std::vector<float> logits;
    for (const double x : projection_normals(5, "graph", size_t(n_rows) * size_t(n_vocab))) {
        logits.push_back(float(3 * x));
    }
    ggml_backend_ptr backend(ggml_backend_dev_init(m.device(), nullptr));
    ggml_context_ptr ctx(ggml_init({2 * ggml_tensor_overhead(), nullptr, true}));
    ggml_tensor * t = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, n_vocab, n_rows);
    ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors(ctx.get(), backend.get()));
    ggml_backend_tensor_set(t, logits.data(), 0, logits.size() * sizeof(float));
    device_sampler sampler;
    for (const float temperature : {1.0f, 0.7f, 0.0f}) {
        std::vector<int32_t> rows;
        std::vector<double> uniforms;
        for (int i = 0; i < n_draws; i++) {
            rows.push_back(i % n_rows);
            uniforms.push_back(i == 0 ? 0.0 : i == 1 ? 1.0 - 1e-15 : sample_uniform(11, 0, 0, 0, uint32_t(i), 0));
        }
        const auto & draws = sampler.sample(t, backend.get(), rows, uniforms, temperature);
        int different = 0;
        double farthest = 0;  // probability between the two draws
        double worst = 0;
        for (int i = 0; i < n_draws; i++) {
            float logprob;
            const float * row = logits.data() + size_t(rows[size_t(i)]) * size_t(n_vocab);
            const int32_t token = sample_token(row, n_vocab, temperature, 1, 0, uniforms[size_t(i)], &logprob);
            check(draws[size_t(i)].token >= 0 && draws[size_t(i)].token < n_vocab, "a token of the vocabulary");
            different += token != draws[size_t(i)].token;
            for (int between = std::min(token, draws[size_t(i)].token) + 1; between < std::max(token, draws[size_t(i)].token); between++) {
                farthest = std::max(farthest, probability(row, n_vocab, between, temperature));
            }
            worst = std::max(worst, token == draws[size_t(i)].token ? std::fabs(double(logprob) - draws[size_t(i)].logprob) : 0.0);
        }
        const std::string name = "vocabulary " + std::to_string(n_vocab) + " at " + std::to_string(temperature);
        check(different <= (temperature > 0 ? n_draws / 40 : 0), name + ": " + std::to_string(different) + " draws differ from the host's");
        check_near(farthest, 0, 1e-5, name + ": probability of a token between two draws");
        check_near(worst, 0, 5e-6, name + ": log-probs");
    }
}

} // namespace

int main() {
    const auto m = load_model("golden/llama-tied/model.gguf");
    graph_against_host(*m, 300);
    graph_against_host(*m, 20000);
    same_as_unified(*m);
    lanes_and_adapters(*m);
    lanes_and_adapters(*load_model("golden/qwen3/model.gguf"));
    answers_of_all_lengths();
    return finish();
}
