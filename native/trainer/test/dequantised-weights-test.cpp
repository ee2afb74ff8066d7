// Quantised weights computed with as float16: the file's values stay at hand, and rollouts and training pass agree.
#include <algorithm>
#include <cmath>

#include "test-model.h"
#include "tinylora/gradient.h"
#include "tinylora/philox.h"
#include "tinylora/rollout.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

void keeps_the_files_values(const model & plain, const model & widened) {
    for (size_t i = 0; i < plain.tensors().size(); ++i) {
        const auto & [name, tensor] = plain.tensors()[i];
        const ggml_tensor * stored = widened.tensor(name);
        check(stored->type == tensor->type, name + " keeps the file's type");
        check(dequantise(stored) == dequantise(tensor), name + " keeps the file's values");
        for (const ggml_tensor * live : widened.instances(name)) {
            check(!ggml_is_quantized(live->type), name + " is not computed with as quantised");
            check(live->type == GGML_TYPE_F16 || live == stored, name + " is replaced by float16 or not at all");
            std::vector<float> expected = dequantise(stored);
            if (live != stored) {
                std::transform(expected.begin(), expected.end(), expected.begin(), [](float v) { return ggml_fp16_to_fp32(ggml_fp32_to_fp16(v)); });
            }
            check(dequantise(live) == expected, name + " holds the file's values, rounded to float16");
        }
    }
    for (const linear_module & module : widened.modules()) {
        check(ggml_is_quantized(module.weight->type), module.name + ": bases and merging see the file's type");
    }
}

// An adapter large enough to be missed.
std::unique_ptr<adapter> some_adapter(const model & m, std::vector<float> & params) {
    auto a = make_lora(m, {2, 2.0f, 5, {}});
    params = a->initial_params();
    const std::vector<double> noise = projection_normals(4, "dequantised", params.size());
    for (size_t i = 0; i < params.size(); ++i) {
        params[i] += (float) (0.05 * noise[i]);
    }
    a->load_params(params.data());
    return a;
}

sample_result sampled(const model & m, const adapter & a, const std::vector<float> & params) {
    progress p;
    rollout_options options;
    options.max_sequences = 16;
    options.context_tokens = 16 * 256;
    options.cache_f32 = true;
    sample_request request;
    request.sample_count = 8;
    request.max_tokens = 12;
    request.seed = 3;
    sample_prompt prompt;
    for (int t = 0; t < 9; ++t) {
        prompt.tokens.push_back((int32_t) (sample_uniform(1, 2, 3, 4, 5, (uint32_t) t) * m.hparams().n_vocab));
    }
    request.prompts.push_back(prompt);
    rollout_engine engine(m, options, p);
    engine.set_adapter(&a);
    engine.set_lanes({params});
    return engine.sample(request);
}

sequence_group group_of(const model & m, const std::vector<completion> & completions) {
    sequence_group group;
    for (int t = 0; t < 9; ++t) {
        group.prefix.push_back((int32_t) (sample_uniform(1, 2, 3, 4, 5, (uint32_t) t) * m.hparams().n_vocab));
    }
    for (const completion & c : completions) {
        group.suffixes.push_back(c.tokens);
    }
    return group;
}

// Root mean square of log p_train − log p_rollout over the tokens of rollouts of `m` with an adapter.
double train_rollout_gap(const model & m, bool exact) {
    std::vector<float> params;
    const auto a = some_adapter(m, params);
    const sample_result result = sampled(m, *a, params);
    const sequence_group group = group_of(m, result.completions[0]);
    progress p;
    trainer_options options;
    options.exact = exact;
    trainer t(m, options, p);
    t.set_adapter(a.get());
    t.set_params(params);
    const pass_result scored = t.pass({group}, pass_options());
    double squares = 0;
    size_t count = 0;
    for (size_t i = 0; i < group.suffixes.size(); ++i) {
        for (size_t k = 0; k < group.suffixes[i].size(); ++k, ++count) {
            const double gap = scored.groups[0].suffix_logprobs[i][k] - result.completions[0][i].logprobs[k];
            squares += gap * gap;
        }
    }
    return std::sqrt(squares / (double) count);
}

struct exact_pass {
    std::vector<std::vector<float>> logprobs, entropy;
    std::vector<double> gradient;
};

exact_pass exact_pass_of(const model & m, const std::vector<completion> & completions) {
    sequence_group group = group_of(m, completions);
    for (const auto & suffix : group.suffixes) {
        group.suffix_weights.emplace_back(suffix.size(), 0.3f);
    }
    std::vector<float> params;
    const auto a = some_adapter(m, params);
    progress p;
    trainer_options options;
    options.exact = true;
    trainer t(m, options, p);
    t.set_adapter(a.get());
    t.set_params(params);
    pass_options backward;
    backward.backward = true;
    const pass_result result = t.pass({group}, backward);
    return {result.groups[0].suffix_logprobs, result.groups[0].suffix_entropy, t.gradient()};
}

void exact_numerics_read_the_file(const model & plain, const model & widened, const std::string & name) {
    std::vector<float> params;
    const auto a = some_adapter(plain, params);
    const std::vector<completion> completions = sampled(plain, *a, params).completions[0];
    const exact_pass expected = exact_pass_of(plain, completions), got = exact_pass_of(widened, completions);
    check(got.logprobs == expected.logprobs && got.entropy == expected.entropy, name + ": exact log-probs are those of the file's values, bit for bit");
    check(got.gradient == expected.gradient, name + ": so is the exact gradient");
    check(std::any_of(got.gradient.begin(), got.gradient.end(), [](double g) { return g != 0; }), name + ": there is a gradient");
}

}  // namespace

int main() {
    for (const std::string name : {"llama-q4_1", "llama-q8_0", "llama-q4_k_m"}) {
        const std::string path = "golden/" + name + "/model.gguf";
        const auto plain = load_model(path), widened = load_model(path, true);
        keeps_the_files_values(*plain, *widened);
        exact_numerics_read_the_file(*plain, *widened, name);
        const double before = train_rollout_gap(*plain, true), after = train_rollout_gap(*widened, true);
        std::printf("%s: train-rollout gap %.2g with quantised kernels, %.2g with float16\n", name.c_str(), before, after);
        check(after < 0.5 * before, name + ": float16 weights halve the distance to exact log-probs at least");
        check(train_rollout_gap(*widened, false) < 0.5 * before, name + ": the training pass computes with the same weights");
    }
    return finish();
}
