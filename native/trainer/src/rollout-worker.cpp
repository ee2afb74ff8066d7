// One context of the rollouts: its creation, decoding, and what ends a completion. Runs on a worker thread of the engine process.
#include "rollout-worker.h"

#include <algorithm>

#include "rollout-streams.h"
#include "rollout-threadpool.h"
#include "rollout-unified.h"
#include "tinylora/philox.h"

namespace tinylora {

std::unique_ptr<rollout_worker> rollout_worker::make(const model & m, const rollout_options & options, int threads, progress & p) {
    if (options.layout == cache_layout::streams) {
        return std::make_unique<stream_worker>(m, options, threads, p);
    }
    return std::make_unique<unified_worker>(m, options, threads, p);
}

rollout_worker::rollout_worker(const model & m, const rollout_options & options, int threads, progress & p)
    : model_(m), options_(options), progress_(p), n_vocab_(m.hparams().n_vocab) {
    batch_capacity_ = std::max(options.batch_tokens, options.max_sequences);

    llama_context_params params = llama_context_default_params();
    params.n_ctx = uint32_t(options.context_tokens);
    params.n_batch = params.n_ubatch = uint32_t(batch_capacity_);
    params.n_seq_max = uint32_t(options.max_sequences);
    params.n_outputs_max = uint32_t(options.max_sequences);
    params.n_threads = params.n_threads_batch = threads;
    params.kv_unified = options.layout == cache_layout::unified;
    params.type_k = params.type_v = options.cache_f32 ? GGML_TYPE_F32 : GGML_TYPE_F16;
    params.flash_attn_type = options.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.abort_callback = [](void * data) {
        const auto * self = static_cast<const rollout_worker *>(data);
        return self->progress_.cancel_requested.load(std::memory_order_relaxed) || (self->stop_ != nullptr && self->stop_->load(std::memory_order_relaxed));
    };
    params.abort_callback_data = this;

    context_ = llama_init_from_model(m.handle(), params);
    if (context_ == nullptr) {
        throw error(error_code::out_of_memory, "No rollout context of " + std::to_string(options.context_tokens) + " cells and " +
                    std::to_string(options.max_sequences) + " sequences could be created. Lower contextTokens, maxSequences or batchTokens.");
    }
    memory_ = llama_get_memory(context_);
    batch_ = llama_batch_init(batch_capacity_, 0, 1);
    threadpool_ = new_cpu_threadpool(threads);
    if (threadpool_ != nullptr) {
        llama_attach_threadpool(context_, threadpool_, threadpool_);
    }
    ends_generation_.resize(size_t(n_vocab_));
    for (int token = 0; token < n_vocab_; token++) {
        ends_generation_[size_t(token)] = llama_vocab_is_eog(m.vocab(), token);
    }
}

rollout_worker::~rollout_worker() {
    llama_batch_free(batch_);
    llama_free(context_);
    free_cpu_threadpool(threadpool_);
}

void rollout_worker::clear() { llama_memory_clear(memory_, false); }

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

void rollout_worker::decode() {
    statistics_.decode_calls++;
    const int status = llama_decode(context_, batch_);
    if (status == 0) {
        return;
    }
    check_cancelled();
    if (status == -2) {
        throw error(error_code::out_of_memory, "No memory for a rollout batch of " + std::to_string(batch_.n_tokens) + " tokens. Lower batchTokens or maxSequences.");
    }
    fail_internal("llama_decode failed with status " + std::to_string(status) + " on a batch of " + std::to_string(batch_.n_tokens) + " tokens.");
}

double rollout_worker::uniform(const sample_prompt & prompt, size_t sample, const completion & out) const {
    return sample_uniform(request_->seed, request_->stream, prompt.lane, prompt.prompt_id, uint32_t(sample), uint32_t(out.tokens.size()));
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
