// The stock library on the same work, for ratios; linked to the prebuilt libllama, not to ours.
//
//   stock decode MODEL.gguf THREADS PROMPTS PROMPT_TOKENS LENGTH…   batched decode, unified cache, prompts shared by samples
//   stock prefill MODEL.gguf THREADS SEQUENCES TOKENS               prompts of TOKENS tokens, as many as fit in a batch
//   stock convert MODEL.gguf OUT.gguf F16|BF16|Q8_0|Q4_0            the model with weights of another type
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "llama.h"

namespace {

constexpr int k_batch_tokens = 512;
constexpr int k_repeats = 3;

struct stock_context {
    llama_model * model;
    llama_context * context;
    int n_vocab;

    stock_context(const char * path, int threads, int cells, int sequences) {
        model = llama_model_load_from_file(path, llama_model_default_params());
        if (model == nullptr) {
            throw std::runtime_error(std::string(path) + " does not load.");
        }
        llama_context_params params = llama_context_default_params();
        params.n_ctx = uint32_t((cells + 255) / 256 * 256);
        params.n_batch = params.n_ubatch = k_batch_tokens;
        params.n_seq_max = uint32_t(sequences);
        params.n_threads = params.n_threads_batch = threads;
        params.kv_unified = true;
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
        context = llama_init_from_model(model, params);
        if (context == nullptr) {
            throw std::runtime_error("No context could be created.");
        }
        n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
    }
    stock_context(const stock_context &) = delete;
    ~stock_context() {
        llama_free(context);
        llama_model_free(model);
    }
};

// Tokens of several sequences, decoded whenever the batch is full.
struct filling_batch {
    llama_context * context;
    llama_batch batch = llama_batch_init(k_batch_tokens, 0, 1);

    explicit filling_batch(llama_context * c) : context(c) {}
    filling_batch(const filling_batch &) = delete;
    ~filling_batch() { llama_batch_free(batch); }

    void add(int token, int position, int sequence, bool output) {
        if (batch.n_tokens == k_batch_tokens) {
            flush();
        }
        const int i = batch.n_tokens++;
        batch.token[i] = token;
        batch.pos[i] = position;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = sequence;
        batch.logits[i] = output;
    }
    void flush() {
        if (batch.n_tokens > 0 && llama_decode(context, batch) != 0) {
            throw std::runtime_error("llama_decode failed.");
        }
        batch.n_tokens = 0;
    }
};

double fastest_seconds(llama_context * context, void (*work)(llama_context *, void *), void * argument) {
    double fastest = 1e300;
    for (int repeat = 0; repeat < k_repeats; repeat++) {
        llama_memory_clear(llama_get_memory(context), false);
        const auto start = std::chrono::steady_clock::now();
        work(context, argument);
        llama_synchronize(context);
        fastest = std::min(fastest, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return fastest;
}

struct decode_work {
    int prompts, prompt_tokens, n_vocab;
    std::vector<int> lengths;  // of each completion, prompt by prompt
};

void decode_all(llama_context * context, void * argument) {
    const decode_work & work = *static_cast<decode_work *>(argument);
    const int samples = int(work.lengths.size()) / work.prompts;
    filling_batch batch(context);
    for (int p = 0; p < work.prompts; p++) {
        for (int t = 0; t < work.prompt_tokens; t++) {
            batch.add((p * 31 + t * 7) % work.n_vocab, t, p * samples, t + 1 == work.prompt_tokens);
        }
    }
    batch.flush();
    for (int p = 0; p < work.prompts; p++) {
        for (int s = 1; s < samples; s++) {
            llama_memory_seq_cp(llama_get_memory(context), p * samples, p * samples + s, -1, -1);
        }
    }
    // The first token of a completion comes from the prompt's logits; the last one is never decoded.
    const int longest = *std::max_element(work.lengths.begin(), work.lengths.end());
    for (int t = 0; t + 1 < longest; t++) {
        for (size_t i = 0; i < work.lengths.size(); i++) {
            if (t + 1 < work.lengths[i]) {
                batch.add((int(i) * 13 + t) % work.n_vocab, work.prompt_tokens + t, int(i), true);
            }
        }
        batch.flush();
    }
}

int decode(int argc, char ** argv) {
    decode_work work{std::atoi(argv[4]), std::atoi(argv[5]), 0, {}};
    int tokens = 0, cells = work.prompts * work.prompt_tokens;
    for (int i = 6; i < argc; i++) {
        work.lengths.push_back(std::atoi(argv[i]));
        tokens += work.lengths.back();
    }
    const stock_context stock(argv[2], std::atoi(argv[3]), cells + tokens, int(work.lengths.size()));
    work.n_vocab = stock.n_vocab;
    const double seconds = fastest_seconds(stock.context, decode_all, &work);
    std::printf("{\"tokens\": %d, \"durationMs\": %.2f, \"tokensPerSecond\": %.1f}\n", tokens, 1000 * seconds, tokens / seconds);
    return 0;
}

struct prefill_work {
    int sequences, tokens, n_vocab;
};

void prefill_all(llama_context * context, void * argument) {
    const prefill_work & work = *static_cast<prefill_work *>(argument);
    filling_batch batch(context);
    for (int s = 0; s < work.sequences; s++) {
        for (int t = 0; t < work.tokens; t++) {
            batch.add((s * 31 + t * 7) % work.n_vocab, t, s, t + 1 == work.tokens);
        }
    }
    batch.flush();
}

int prefill(char ** argv) {
    prefill_work work{std::atoi(argv[4]), std::atoi(argv[5]), 0};
    const int tokens = work.sequences * work.tokens;
    const stock_context stock(argv[2], std::atoi(argv[3]), tokens, work.sequences);
    work.n_vocab = stock.n_vocab;
    const double seconds = fastest_seconds(stock.context, prefill_all, &work);
    std::printf("{\"tokens\": %d, \"durationMs\": %.2f, \"tokensPerSecond\": %.1f}\n", tokens, 1000 * seconds, tokens / seconds);
    return 0;
}

int convert(char ** argv) {
    const std::pair<const char *, llama_ftype> types[] = {
        {"F16", LLAMA_FTYPE_MOSTLY_F16}, {"BF16", LLAMA_FTYPE_MOSTLY_BF16}, {"Q8_0", LLAMA_FTYPE_MOSTLY_Q8_0}, {"Q4_0", LLAMA_FTYPE_MOSTLY_Q4_0}};
    llama_model_quantize_params params = llama_model_quantize_default_params();
    for (const auto & [name, type] : types) {
        if (std::strcmp(name, argv[4]) == 0) {
            params.ftype = type;
            params.nthread = 1;
            return llama_model_quantize(argv[2], argv[3], &params) == 0 ? 0 : 1;
        }
    }
    std::fprintf(stderr, "type %s is none of F16, BF16, Q8_0, Q4_0\n", argv[4]);
    return 2;
}

}  // namespace

int main(int argc, char ** argv) {
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    ggml_backend_load_all_from_path(TINYLORA_BACKEND_DIR);
    const std::string command = argc > 1 ? argv[1] : "";
    try {
        if (command == "decode" && argc > 6) {
            return decode(argc, argv);
        }
        if (command == "prefill" && argc == 6) {
            return prefill(argv);
        }
        if (command == "convert" && argc == 5) {
            return convert(argv);
        }
    } catch (const std::exception & error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    std::fprintf(stderr, "usage: stock decode|prefill|convert …, as the head of this program's source says\n");
    return 2;
}
