// Throughput of rollouts without Node: many prompts × samples in one batch, with the un-merged adapter or none.
//
//   sampling MODEL.gguf THREADS WORKERS PROMPTS SAMPLES PROMPT_TOKENS MAX_TOKENS [adapter]
//
// Prints JSON; lengthsTokens are the completions' lengths, prompt by prompt, for the stock program to repeat the same work.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tinylora/philox.h"
#include "tinylora/rollout.h"

using namespace tinylora;

namespace {

sample_request request_of(int prompts, int samples, int prompt_tokens, int max_tokens, int n_vocab) {
    sample_request request;
    request.sample_count = samples;
    request.max_tokens = max_tokens;
    request.seed = 1;
    for (int i = 0; i < prompts; i++) {
        sample_prompt prompt;
        prompt.prompt_id = uint32_t(i);
        for (int t = 0; t < prompt_tokens; t++) {
            prompt.tokens.push_back(int32_t(sample_uniform(1, 0, 0, uint32_t(i), 0, uint32_t(t)) * n_vocab));
        }
        request.prompts.push_back(prompt);
    }
    return request;
}

}  // namespace

int main(int argc, char ** argv) {
    if (argc < 8) {
        std::fprintf(stderr, "usage: sampling MODEL.gguf THREADS WORKERS PROMPTS SAMPLES PROMPT_TOKENS MAX_TOKENS [adapter]\n");
        return 2;
    }
    auto argument = [&](int i) { return std::atoi(argv[i]); };
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    progress p;
    model_options file;
    file.path = argv[1];
    file.hash = "bench";
    file.backend_dir = TINYLORA_BACKEND_DIR;
    const auto m = model::load(file);
    rollout_options options;
    options.threads = argument(2);
    options.workers = argument(3);
    const int prompts = argument(4), samples = argument(5), prompt_tokens = argument(6), max_tokens = argument(7);
    // Room for everything at once: nothing waits, so that both libraries decode the same batches.
    options.max_sequences = (prompts * samples + options.workers - 1) / options.workers;
    options.context_tokens = (prompts * (prompt_tokens + samples * max_tokens) / options.workers + 511) / 256 * 256;
    rollout_engine engine(*m, options, p);
    std::unique_ptr<adapter> a;
    if (argc > 8) {
        const auto bases_dir = (std::filesystem::temp_directory_path() / "tinylora-bench-sampling").string();
        a = make_tinylora(*m, tinylora_spec(), bases_dir, options.threads, p);
        std::filesystem::remove_all(bases_dir);
        engine.set_adapter(a.get());
        // Zeros cost as much as any numbers, and sample what the base samples.
        engine.set_lanes({std::vector<float>(a->n_params(), 0.0f)});
    }
    const sample_request request = request_of(prompts, samples, prompt_tokens, max_tokens, m->hparams().n_vocab);
    double fastest_ms = 1e300;
    sample_result result;
    for (int repeat = 0; repeat < 3; repeat++) {
        result = engine.sample(request);
        fastest_ms = std::min(fastest_ms, result.statistics.duration_ms);
    }
    size_t tokens = 0;
    std::printf("{\"lengthsTokens\": [");
    for (size_t i = 0; i < result.completions.size(); i++) {
        for (size_t j = 0; j < result.completions[i].size(); j++) {
            const size_t length = result.completions[i][j].tokens.size();
            tokens += length;
            std::printf("%s%zu", i + j == 0 ? "" : ", ", length);
        }
    }
    std::printf("], \"tokens\": %zu, \"durationMs\": %.2f, \"tokensPerSecond\": %.1f}\n", tokens, fastest_ms, 1000.0 * tokens / fastest_ms);
    return 0;
}
