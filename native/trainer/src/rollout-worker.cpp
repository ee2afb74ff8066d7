// One context of the rollouts: decodes its batches and draws the tokens. Runs on a worker thread of the engine process.
#include "rollout-worker.h"

#include <algorithm>

#include "rollout-threadpool.h"
#include "tinylora/philox.h"

namespace tinylora {

rollout_worker::rollout_worker(const model & m, const rollout_options & options, int threads, progress & p)
    : model_(m), options_(options), progress_(p), n_vocab_(m.hparams().n_vocab) {
    batch_capacity_ = std::max(options.batch_tokens, options.max_sequences);

    llama_context_params params = llama_context_default_params();
    params.n_ctx = uint32_t(options.context_tokens);
    params.n_batch = params.n_ubatch = uint32_t(batch_capacity_);
    params.n_seq_max = uint32_t(options.max_sequences);
    params.n_outputs_max = uint32_t(options.max_sequences);
    params.n_threads = params.n_threads_batch = threads;
    params.kv_unified = true;
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

void rollout_worker::clear() {
    llama_memory_clear(memory_, false);
    used_cells_ = 0;
}

void rollout_worker::run(const sample_request & request, const std::vector<size_t> & prompts, int n_lanes, const std::atomic<bool> & stop,
                         sample_result & result) {
    n_lanes_ = n_lanes;
    stop_ = &stop;
    start(request, prompts, result);
    while (true) {
        progress_.check();
        if (stop.load(std::memory_order_relaxed)) {
            throw error(error_code::cancelled, "Sampling ended because another worker failed.");
        }
        admit();
        if (active_.empty()) {
            break;
        }
        build_batch();
        decode();
        for (const output_row & row : outputs_) {
            const float * logits = llama_get_logits_ith(context_, row.batch_index);
            const slot & s = slots_[size_t(row.slot_id)];
            if (s.sample < 0) {
                draw_first_tokens(groups_[size_t(s.group)], logits);
            } else {
                draw_next_token(row.slot_id, logits);
            }
        }
        settle_prompts();
    }
    clear();
    stop_ = nullptr;
}

void rollout_worker::start(const sample_request & request, const std::vector<size_t> & prompts, sample_result & result) {
    clear();
    request_ = &request;
    statistics_ = {};
    longest_stop_ = 0;
    for (const std::string & text : request.stop) {
        longest_stop_ = std::max(longest_stop_, text.size());
    }
    groups_.assign(prompts.size(), {});
    for (size_t i = 0; i < prompts.size(); i++) {
        groups_[i].prompt = &request.prompts[prompts[i]];
        for (completion & out : result.completions[prompts[i]]) {
            groups_[i].samples.emplace_back().out = &out;
        }
    }
    slots_.assign(size_t(options_.max_sequences), {});
    active_.clear();
    first_open_ = 0;
}

void rollout_worker::decode() {
    statistics_.decode_calls++;
    const int status = llama_decode(context_, batch_);
    if (status == 0) {
        return;
    }
    progress_.check();
    if (stop_->load(std::memory_order_relaxed)) {
        throw error(error_code::cancelled, "Sampling ended because another worker failed.");
    }
    if (status == -2) {
        throw error(error_code::out_of_memory, "No memory for a rollout batch of " + std::to_string(batch_.n_tokens) + " tokens. Lower batchTokens or maxSequences.");
    }
    fail_internal("llama_decode failed with status " + std::to_string(status) + " on a batch of " + std::to_string(batch_.n_tokens) + " tokens.");
}

void rollout_worker::draw_first_tokens(prompt_group & group, const float * logits) {
    group.drawn = true;
    for (size_t sample = 0; sample < group.samples.size(); sample++) {
        if (draw(group, int(sample), logits)) {
            group.samples[sample].state = sample_state::finished;
        } else {
            group.waiting++;
        }
    }
    first_open_ = std::min(first_open_, size_t(&group - groups_.data()));
}

void rollout_worker::draw_next_token(int slot_id, const float * logits) {
    const slot s = slots_[size_t(slot_id)];
    prompt_group & group = groups_[size_t(s.group)];
    if (!draw(group, s.sample, logits)) {
        return;
    }
    sample_progress & sample = group.samples[size_t(s.sample)];
    sample.state = sample_state::finished;
    if (group.waiting == 0) {
        close_slot(slot_id);
        return;
    }
    // The prompt stays where it is for the group's next sample.
    llama_memory_seq_rm(memory_, slot_id, group.length(), -1);
    used_cells_ -= sample.fed;
    sample.fed = 0;
    seat(slot_id, first_waiting(group));
}

// Appends one token to a sample; true when that ended it.
bool rollout_worker::draw(prompt_group & group, int sample, const float * logits) {
    const sample_request & request = *request_;
    sample_progress & state = group.samples[size_t(sample)];
    completion & out = *state.out;
    const double uniform = sample_uniform(request.seed, request.stream, group.prompt->lane, group.prompt->prompt_id, uint32_t(sample), uint32_t(out.tokens.size()));
    float logprob;
    const int32_t token = sample_token(logits, n_vocab_, request.temperature, request.top_p, request.top_k, uniform, &logprob);
    out.tokens.push_back(token);
    out.logprobs.push_back(logprob);
    statistics_.decoded_tokens++;

    if (ends_generation_[size_t(token)]) {
        out.reason = finish_reason::end;
    } else if (longest_stop_ > 0 && reached_stop(state, token)) {
        out.reason = finish_reason::stop;
    } else if (int(out.tokens.size()) >= request.max_tokens) {
        out.reason = finish_reason::length;
    } else {
        return false;
    }
    progress_.done++;
    return true;
}

bool rollout_worker::reached_stop(sample_progress & sample, int32_t token) {
    char piece[256];
    const int length = llama_token_to_piece(model_.vocab(), token, piece, sizeof piece, 0, /*special =*/true);
    if (length > 0) {
        sample.text_tail.append(piece, size_t(length));
    } else if (length < 0) {
        std::string longer(size_t(-length), '\0');
        llama_token_to_piece(model_.vocab(), token, longer.data(), -length, 0, true);
        sample.text_tail += longer;
    }
    for (const std::string & text : request_->stop) {
        if (sample.text_tail.find(text) != std::string::npos) {
            return true;
        }
    }
    if (sample.text_tail.size() >= longest_stop_) {
        sample.text_tail.erase(0, sample.text_tail.size() - (longest_stop_ - 1));
    }
    return false;
}

} // namespace tinylora
