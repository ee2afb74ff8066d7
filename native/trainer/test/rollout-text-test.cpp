// Rollouts of a real language model: stock greedy text, end of generation, stop strings. Skipped where the file is missing.
#include <algorithm>

#include "test-model.h"
#include "tinylora/rollout.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

std::vector<int32_t> tokenise(const model & m, const std::string & text) {
    std::vector<int32_t> tokens(text.size() + 8);
    tokens.resize(size_t(llama_tokenize(m.vocab(), text.data(), int32_t(text.size()), tokens.data(), int32_t(tokens.size()), false, true)));
    return tokens;
}

std::string text_of(const model & m, const std::vector<int32_t> & tokens) {
    std::string text(tokens.size() * 32, '\0');
    text.resize(size_t(llama_detokenize(m.vocab(), tokens.data(), int32_t(tokens.size()), text.data(), int32_t(text.size()), false, true)));
    return text;
}

std::string chat(const std::string & question) {
    return "<|im_start|>user\n" + question + "<|im_end|>\n<|im_start|>assistant\n";
}

rollout_options one_thread() {
    rollout_options options;
    options.context_tokens = 512;
    options.max_sequences = 8;
    return options;
}

std::vector<int32_t> stock_greedy(const model & m, const std::vector<int32_t> & prompt, int count) {
    const rollout_options options = one_thread();
    llama_context_params params = llama_context_default_params();
    params.n_ctx = uint32_t(options.context_tokens);
    params.n_batch = params.n_ubatch = uint32_t(options.batch_tokens);
    params.n_threads = params.n_threads_batch = options.threads;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    llama_context * context = llama_init_from_model(m.handle(), params);
    std::vector<int32_t> tokens, input = prompt;
    while (int(tokens.size()) < count) {
        llama_decode(context, llama_batch_get_one(input.data(), int32_t(input.size())));
        const float * logits = llama_get_logits_ith(context, -1);
        tokens.push_back(int32_t(std::max_element(logits, logits + m.hparams().n_vocab) - logits));
        input = {tokens.back()};
        if (llama_vocab_is_eog(m.vocab(), tokens.back())) {
            break;
        }
    }
    llama_free(context);
    return tokens;
}

} // namespace

int main() {
    const auto m = load_model("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    progress p;
    rollout_engine engine(*m, one_thread(), p);

    sample_request request;
    request.temperature = 0;
    request.max_tokens = 12;
    for (const char * question : {"What is the capital of France?", "Say hello."}) {
        request.prompts = {{tokenise(*m, chat(question)), 0, 0}};
        const completion c = engine.sample(request).completions[0][0];
        std::printf("%s → %s\n", question, text_of(*m, c.tokens).c_str());
        check(c.tokens == stock_greedy(*m, request.prompts[0].tokens, request.max_tokens), std::string("greedy tokens equal the stock library's: ") + question);
        const bool ended = llama_vocab_is_eog(m->vocab(), c.tokens.back());
        check(c.reason == (ended ? finish_reason::end : finish_reason::length), "the reason tells how it ended");
        check(std::none_of(c.tokens.begin(), c.tokens.end() - 1, [&](int32_t token) { return llama_vocab_is_eog(m->vocab(), token); }), "nothing follows the end of generation");
    }

    request.prompts = {{tokenise(*m, chat("What is the capital of France?")), 0, 0}};
    const std::vector<int32_t> whole = engine.sample(request).completions[0][0].tokens;
    const std::string text = text_of(*m, whole);
    request.stop = {"never in the text", text.substr(6, 9)};  // begins and ends within tokens
    const completion stopped = engine.sample(request).completions[0][0];
    check(stopped.reason == finish_reason::stop, "a stop string ends the completion");
    check(stopped.tokens.size() < whole.size() && std::equal(stopped.tokens.begin(), stopped.tokens.end(), whole.begin()), "and leaves the tokens before it as they were");
    const std::vector<int32_t> shorter(stopped.tokens.begin(), stopped.tokens.end() - 1);
    check(text_of(*m, stopped.tokens).find(request.stop[1]) != std::string::npos, "the ids that form the stop stay");
    check(text_of(*m, shorter).find(request.stop[1]) == std::string::npos, "the last id completed it");
    return finish();
}
