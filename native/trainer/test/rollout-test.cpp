// Rollouts: against stock decoding and recomputed log-probs, schedule independence, preemption, lanes, stops, refusals.
#include "tinylora/rollout.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "test-model.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

rollout_options precise() {
    rollout_options options;
    options.context_tokens = 1024;
    options.max_sequences = 16;
    options.cache_f32 = true;
    options.flash_attention = false;
    options.batch_tokens = 128;
    return options;
}

sample_request request_of(int prompts, int prompt_tokens, int samples, int max_tokens, int n_vocab) {
    sample_request request;
    request.sample_count = samples;
    request.max_tokens = max_tokens;
    request.seed = 9;
    for (int i = 0; i < prompts; i++) {
        sample_prompt prompt;
        prompt.prompt_id = uint32_t(i);
        for (int t = 0; t < prompt_tokens + i % 3; t++) {
            prompt.tokens.push_back(int32_t(sample_uniform(1, 2, 3, uint32_t(i), 5, uint32_t(t)) * n_vocab));
        }
        request.prompts.push_back(prompt);
    }
    return request;
}

// A context of its own over the same weights, with the rollouts' settings: the stock library's path, one sequence.
class stock_decoder {
public:
    stock_decoder(const model & m, bool precise_cache) {
        llama_context_params params = llama_context_default_params();
        params.n_ctx = 1024;
        params.n_batch = params.n_ubatch = 128;
        params.n_threads = params.n_threads_batch = 1;
        params.type_k = params.type_v = precise_cache ? GGML_TYPE_F32 : GGML_TYPE_F16;
        params.flash_attn_type = precise_cache ? LLAMA_FLASH_ATTN_TYPE_DISABLED : LLAMA_FLASH_ATTN_TYPE_ENABLED;
        context_ = llama_init_from_model(m.handle(), params);
        n_vocab_ = m.hparams().n_vocab;
    }
    ~stock_decoder() { llama_free(context_); }

    llama_context * context() { return context_; }
    const float * decode(std::vector<int32_t> tokens) {
        llama_decode(context_, llama_batch_get_one(tokens.data(), int32_t(tokens.size())));
        return llama_get_logits_ith(context_, -1);
    }
    std::vector<int32_t> greedy(const std::vector<int32_t> & prompt, int count) {
        llama_memory_clear(llama_get_memory(context_), false);
        std::vector<int32_t> tokens;
        const float * logits = decode(prompt);
        while (int(tokens.size()) < count) {
            tokens.push_back(int32_t(std::max_element(logits, logits + n_vocab_) - logits));
            logits = decode({tokens.back()});
        }
        return tokens;
    }
    // Log-probs of `tokens` after `prompt`, at the temperature, in double.
    std::vector<double> score(const std::vector<int32_t> & prompt, const std::vector<int32_t> & tokens, double temperature) {
        llama_memory_clear(llama_get_memory(context_), false);
        std::vector<double> logprobs;
        const float * logits = decode(prompt);
        for (const int32_t token : tokens) {
            const double maximum = *std::max_element(logits, logits + n_vocab_);
            double sum = 0;
            for (int i = 0; i < n_vocab_; i++) {
                sum += std::exp((logits[i] - maximum) / temperature);
            }
            logprobs.push_back((logits[token] - maximum) / temperature - std::log(sum));
            logits = decode({token});
        }
        return logprobs;
    }

private:
    llama_context * context_;
    int n_vocab_;
};

// Bit for bit.
bool same(const sample_result & a, const sample_result & b) {
    for (size_t i = 0; i < a.completions.size(); i++) {
        for (size_t j = 0; j < a.completions[i].size(); j++) {
            const completion & left = a.completions[i][j];
            const completion & right = b.completions[i][j];
            if (left.tokens != right.tokens || left.logprobs != right.logprobs || left.reason != right.reason) {
                return false;
            }
        }
    }
    return true;
}

// Up to rounding: other batch mates move log-probs by 1e-5, which once in some thousand tokens carries a boundary of the
// distribution function over the uniform number. Up to there both agree.
bool same_up_to_rounding(const sample_result & a, const sample_result & b) {
    size_t count = 0, parted = 0;
    for (size_t i = 0; i < a.completions.size(); i++) {
        for (size_t j = 0; j < a.completions[i].size(); j++) {
            const completion & left = a.completions[i][j];
            const completion & right = b.completions[i][j];
            const size_t length = std::min(left.tokens.size(), right.tokens.size());
            size_t t = 0;
            while (t < length && left.tokens[t] == right.tokens[t]) {
                if (std::fabs(double(left.logprobs[t]) - right.logprobs[t]) > 1e-4) {
                    return false;
                }
                t++;
            }
            count++;
            parted += left.tokens != right.tokens;
        }
    }
    return parted * 10 <= count;
}

double worst_logprob_error(stock_decoder & stock, const sample_request & request, const sample_result & result) {
    double worst = 0;
    for (size_t i = 0; i < request.prompts.size(); i++) {
        for (const completion & c : result.completions[i]) {
            const std::vector<double> expected = stock.score(request.prompts[i].tokens, c.tokens, request.temperature);
            for (size_t t = 0; t < expected.size(); t++) {
                worst = std::max(worst, std::fabs(expected[t] - c.logprobs[t]));
            }
        }
    }
    return worst;
}

// Greedy equals the stock library's token for token, one sequence at a time.
void greedy_equals_stock(const model & m) {
    for (const bool precise_cache : {true, false}) {
        progress p;
        rollout_options options = precise();
        options.cache_f32 = precise_cache;
        options.flash_attention = !precise_cache;
        rollout_engine engine(m, options, p);
        stock_decoder stock(m, precise_cache);
        for (int i = 0; i < 20; i++) {
            sample_request request = request_of(i + 1, 12, 1, 40, m.hparams().n_vocab);
            request.prompts.erase(request.prompts.begin(), request.prompts.end() - 1);
            request.temperature = 0;
            const completion c = engine.sample(request).completions[0][0];
            std::vector<int32_t> expected = stock.greedy(request.prompts[0].tokens, int(c.tokens.size()));
            check(c.tokens == expected, "greedy tokens of prompt " + std::to_string(i) + " equal the stock library's");
        }
    }
}

void logprobs_and_schedule(const model & m) {
    progress p;
    sample_request request = request_of(9, 20, 5, 30, m.hparams().n_vocab);
    request.temperature = 0.8f;
    rollout_engine engine(m, precise(), p);
    const sample_result first = engine.sample(request);
    check(p.done == 45 && p.total == 45, "progress counts completions");
    stock_decoder stock(m, true);
    check_near(worst_logprob_error(stock, request, first), 0, 1e-4, "log-probs of what was sampled");
    check(same(first, engine.sample(request)), "the same request gives the same bits");

    rollout_options other = precise();
    other.max_sequences = 3;
    other.batch_tokens = 16;
    rollout_engine narrow(m, other, p);
    check(same_up_to_rounding(first, narrow.sample(request)), "three slots give the same completions as sixteen");
    other.workers = 2;
    other.threads = 2;
    rollout_engine pair(m, other, p);
    check(same_up_to_rounding(first, pair.sample(request)), "two workers give the same completions as one");

    sample_request next_step = request;
    next_step.stream = 1;
    check(!same_up_to_rounding(first, engine.sample(next_step)), "another stream gives other completions");
}

// 256 cells for nine prompts of 60 tokens and samples of 90: sequences are preempted, and nothing is shortened.
void preemption(const model & m) {
    progress p;
    sample_request request = request_of(9, 60, 6, 90, m.hparams().n_vocab);
    rollout_engine roomy(m, [] {
        rollout_options options = precise();
        options.context_tokens = 6144;
        options.max_sequences = 54;
        return options;
    }(), p);
    rollout_options options = precise();
    options.context_tokens = 256;
    rollout_engine tight(m, options, p);
    const sample_result result = tight.sample(request);
    check(result.statistics.preemptions > 0, "256 cells do not suffice without preemption");
    check(same_up_to_rounding(roomy.sample(request), result), "preempted sequences end as if they had run through");
    check(same(result, tight.sample(request)), "preemption is deterministic");
    const sample_result again = roomy.sample(request);
    check(again.statistics.preemptions == 0, "6144 cells suffice without preemption");
    check(again.statistics.prefilled_tokens <= 9 * 62, "each prompt is computed once for its group");
}

std::vector<float> random_params(const adapter & a, const char * name, float spread) {
    std::vector<float> params;
    for (const double x : projection_normals(4, name, a.n_params())) {
        params.push_back(float(x) * spread);
    }
    return params;
}

factored_spec random_factors(const model & m, int rank) {
    factored_spec spec;
    spec.rank = rank;
    spec.u = rank * rank;
    for (const linear_module & module : m.modules()) {
        factored_module_spec factors;
        factors.name = module.name;
        factors.group = spec.group_count++;
        for (const double x : projection_normals(6, module.name + ".a", size_t(module.n_in * rank))) {
            factors.a.push_back(float(x / std::sqrt(double(module.n_in))));
        }
        for (const double x : projection_normals(6, module.name + ".b", size_t(module.n_out * rank))) {
            factors.b.push_back(float(x));
        }
        factors.p.assign(size_t(rank * rank * rank * rank), 0.0f);
        for (int i = 0; i < rank * rank; i++) {
            factors.p[size_t(i * rank * rank + i)] = 1.0f;
        }
        spec.modules.push_back(factors);
    }
    return spec;
}

// Every lane of a mixed batch equals that lane alone, which runs the folded path of another graph.
void lanes(const model & m, int rank, double tolerance) {
    progress p;
    const auto adapter = make_factored(m, random_factors(m, rank));
    const std::vector<std::vector<float>> params = {random_params(*adapter, "first", 0.3f), std::vector<float>(adapter->n_params()), random_params(*adapter, "third", 0.3f)};
    const std::string name = "rank " + std::to_string(rank) + ": ";

    rollout_engine mixed(m, precise(), p);
    mixed.set_adapter(adapter.get());
    mixed.set_lanes(params);
    sample_request request = request_of(9, 15, 4, 10, m.hparams().n_vocab);
    for (size_t i = 0; i < 9; i++) {
        request.prompts[i].lane = uint32_t(i % 3);
    }
    const sample_result together = mixed.sample(request);

    rollout_engine alone(m, precise(), p);
    for (uint32_t lane = 0; lane < 3; lane++) {
        alone.set_adapter(lane == 1 ? nullptr : adapter.get());  // zeros are the base
        if (lane != 1) {
            alone.set_lanes({params[lane]});
        }
        for (size_t i = lane; i < 9; i += 3) {
            // One greedy step a token, forced along the sampled ones, gives the log-probs of the lane alone.
            const completion & expected = together.completions[i][0];
            sample_request single = request;
            single.prompts = {request.prompts[i]};
            single.prompts[0].lane = 0;
            single.sample_count = 1;
            single.max_tokens = 1;
            for (size_t t = 0; t < expected.tokens.size(); t++) {
                single.temperature = 0;
                single.prompts[0].tokens = request.prompts[i].tokens;
                single.prompts[0].tokens.insert(single.prompts[0].tokens.end(), expected.tokens.begin(), expected.tokens.begin() + long(t));
                const completion greedy = alone.sample(single).completions[0][0];
                if (greedy.tokens[0] == expected.tokens[t]) {
                    check_near(greedy.logprobs[0], expected.logprobs[t], tolerance, name + "log-prob in lane " + std::to_string(lane));
                }
            }
        }
    }

    sample_request one = request_of(3, 15, 4, 25, m.hparams().n_vocab);
    const auto sample_with = [&](const std::vector<float> & values) {
        alone.set_adapter(adapter.get());
        alone.set_lanes({values});
        return alone.sample(one);
    };
    alone.set_adapter(nullptr);
    const sample_result base = alone.sample(one);
    check(same(sample_with(params[1]), base), name + "an adapter of zeros changes no bit");
    check(!same_up_to_rounding(sample_with(params[0]), base), name + "an adapter acts");
    check(same(sample_with(params[1]), base), name + "nothing stale survives a change of the numbers");
}

void refusals(const model & m) {
    progress p;
    rollout_engine engine(m, precise(), p);
    sample_request request = request_of(2, 10, 1, 8, m.hparams().n_vocab);
    const auto refused = [&](const std::string & part, const std::string & what) {
        check_throws([&] { engine.sample(request); }, part, what);
    };
    request.prompts[1].tokens.clear();
    refused("Prompt 2", "an empty prompt");
    request.prompts[1].tokens = {m.hparams().n_vocab};
    refused("Prompt 2", "a token outside the vocabulary");
    request.prompts[1].tokens = {1};
    request.max_tokens = 100000;
    refused("Prompt 1", "more tokens than the cache holds");
    request.max_tokens = 8;
    request.prompts[0].lane = 1;
    refused("lane 1", "a lane that is not there");
    request.prompts[0].lane = 0;
    request.stop = {"####"};
    refused("tokenizer", "stop strings without a tokenizer");
}

void cancellation(const model & m) {
    progress p;
    rollout_options options = precise();
    options.workers = options.threads = 2;
    rollout_engine engine(m, options, p);
    sample_request request = request_of(400, 40, 8, 64, m.hparams().n_vocab);
    std::chrono::steady_clock::time_point asked;
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        asked = std::chrono::steady_clock::now();
        p.cancel_requested = true;
    });
    check_throws([&] { engine.sample(request); }, "cancelled", "a cancelled request");
    other.join();
    const double waited_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - asked).count();
    check(waited_ms < 1000, "cancelled within a second: " + std::to_string(waited_ms) + " ms");
    p.cancel_requested = false;
    request.prompts.resize(3);
    rollout_engine fresh(m, options, p);
    check(same(engine.sample(request), fresh.sample(request)), "an engine works on after a cancellation");
}

} // namespace

int main() {
    const auto m = load_model("golden/llama-tied/model.gguf");
    greedy_equals_stock(*m);
    logprobs_and_schedule(*m);
    preemption(*m);
    lanes(*m, 2, 1e-4);
    lanes(*m, 3, 1e-4);
    lanes(*m, 16, 1e-4);
    refusals(*m);
    cancellation(*m);
    lanes(*load_model("golden/qwen2-tied/model.gguf"), 2, 1e-4);
    lanes(*load_model("golden/qwen3/model.gguf"), 2, 1e-4);
    // Kernels of these types round activations, which makes small differences larger.
    lanes(*load_model("golden/qwen2-bf16/model.gguf"), 2, 0.1);
    lanes(*load_model("golden/llama-q4_k_m/model.gguf"), 2, 0.2);
    return finish();
}
