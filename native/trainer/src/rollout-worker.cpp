// What all rollouts share: one call from start to end, and what ends a completion. Runs on a worker thread of the engine process.
#include "rollout-worker.h"

#include <algorithm>

#include "tinylora/philox.h"

namespace tinylora {

rollout_worker::rollout_worker(const model & m, const rollout_options & options, progress & p)
    : model_(m), options_(options), progress_(p), n_vocab_(m.hparams().n_vocab) {
    ends_generation_.resize(size_t(n_vocab_));
    for (int token = 0; token < n_vocab_; token++) {
        ends_generation_[size_t(token)] = llama_vocab_is_eog(m.vocab(), token);
    }
}

void rollout_worker::run(const sample_request & request, const std::vector<size_t> & prompts, int n_lanes, const std::atomic<bool> & stop,
                         sample_result & result) {
    clear();
    request_ = &request;
    n_lanes_ = n_lanes;
    stop_ = &stop;
    statistics_ = {};
    longest_stop_ = 0;
    for (const std::string & text : request.stop) {
        longest_stop_ = std::max(longest_stop_, text.size());
    }
    start(prompts, result);
    do {
        check_cancelled();
    } while (advance());
    clear();
    stop_ = nullptr;
}

void rollout_worker::check_cancelled() const {
    progress_.check();
    if (stop_->load(std::memory_order_relaxed)) {
        throw error(error_code::cancelled, "Sampling ended because another worker failed.");
    }
}

double rollout_worker::uniform(const sample_prompt & prompt, size_t sample, size_t index) const {
    return sample_uniform(request_->seed, request_->stream, prompt.lane, prompt.prompt_id, uint32_t(sample), uint32_t(index));
}

bool rollout_worker::append(open_completion & state, int32_t token, float logprob) {
    completion & out = *state.out;
    out.tokens.push_back(token);
    out.logprobs.push_back(logprob);
    statistics_.decoded_tokens++;

    if (ends_generation_[size_t(token)]) {
        out.reason = finish_reason::end;
    } else if (longest_stop_ > 0 && reached_stop(state, token)) {
        out.reason = finish_reason::stop;
    } else if (int(out.tokens.size()) >= request_->max_tokens) {
        out.reason = finish_reason::length;
    } else {
        return false;
    }
    progress_.done++;
    return true;
}

bool rollout_worker::reached_stop(open_completion & state, int32_t token) const {
    char piece[256];
    const int length = llama_token_to_piece(model_.vocab(), token, piece, sizeof piece, 0, /*special =*/true);
    if (length > 0) {
        state.text_tail.append(piece, size_t(length));
    } else if (length < 0) {
        std::string longer(size_t(-length), '\0');
        llama_token_to_piece(model_.vocab(), token, longer.data(), -length, 0, true);
        state.text_tail += longer;
    }
    for (const std::string & text : request_->stop) {
        if (state.text_tail.find(text) != std::string::npos) {
            return true;
        }
    }
    if (state.text_tail.size() >= longest_stop_) {
        state.text_tail.erase(0, state.text_tail.size() - (longest_stop_ - 1));
    }
    return false;
}

} // namespace tinylora
