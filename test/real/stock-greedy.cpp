// Greedy continuations by the stock libllama, with the load options of our engine. Built and run by the tests on the real
// model, as a process of its own: two libllama in one process would mix.
//
//   stock-greedy MODEL BACKEND_DIR TOKENS THREADS [LORA.gguf]
//
// Reads a prompt a line (token ids with blanks between), prints its continuation a line in the same form.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "llama.h"

namespace {

constexpr uint32_t context_tokens = 512;

[[noreturn]] void fail(const std::string & message) {
    std::fprintf(stderr, "%s\n", message.c_str());
    std::exit(1);
}

void log_errors(ggml_log_level level, const char * text, void *) {
    if (level == GGML_LOG_LEVEL_ERROR) {
        std::fputs(text, stderr);
    }
}

llama_model * load(const char * path) {
    llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = 0;
    params.load_mode = LLAMA_LOAD_MODE_NONE;
    params.use_extra_bufts = false;
    llama_model * model = llama_model_load_from_file(path, params);
    if (model == nullptr) {
        fail(std::string("stock libllama could not load ") + path);
    }
    return model;
}

llama_context * open_context(llama_model * model, int threads) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = context_tokens;
    params.n_threads = params.n_threads_batch = threads;
    params.type_k = params.type_v = GGML_TYPE_F16;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    llama_context * context = llama_init_from_model(model, params);
    if (context == nullptr) {
        fail("stock libllama could not create a context");
    }
    return context;
}

// Ends with the first end-of-generation id, which belongs to the continuation.
std::vector<llama_token> continue_greedily(llama_context * context, const llama_vocab * vocab, std::vector<llama_token> input, size_t count) {
    llama_memory_clear(llama_get_memory(context), false);
    std::vector<llama_token> tokens;
    while (tokens.size() < count) {
        if (llama_decode(context, llama_batch_get_one(input.data(), int32_t(input.size()))) != 0) {
            fail("stock libllama could not decode");
        }
        const float * logits = llama_get_logits_ith(context, -1);
        tokens.push_back(llama_token(std::max_element(logits, logits + llama_vocab_n_tokens(vocab)) - logits));
        if (llama_vocab_is_eog(vocab, tokens.back())) {
            break;
        }
        input = {tokens.back()};
    }
    return tokens;
}

} // namespace

int main(int argc, char ** argv) {
    if (argc < 5) {
        fail("arguments: MODEL BACKEND_DIR TOKENS THREADS [LORA.gguf]");
    }
    llama_log_set(log_errors, nullptr);
    ggml_backend_load_all_from_path(argv[2]);
    llama_model * model = load(argv[1]);
    llama_context * context = open_context(model, std::atoi(argv[4]));
    if (argc > 5) {
        llama_adapter_lora * lora = llama_adapter_lora_init(model, argv[5]);
        float scale = 1.0f;
        if (lora == nullptr || llama_set_adapters_lora(context, &lora, 1, &scale) != 0) {
            fail(std::string("stock libllama could not apply ") + argv[5]);
        }
    }
    const size_t count = size_t(std::atoi(argv[3]));
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream ids(line);
        std::vector<llama_token> prompt;
        for (llama_token id; ids >> id;) {
            prompt.push_back(id);
        }
        for (const llama_token id : continue_greedily(context, llama_model_get_vocab(model), prompt, count)) {
            std::printf("%d ", id);
        }
        std::printf("\n");
    }
    llama_free(context);
    llama_model_free(model);
    return 0;
}
