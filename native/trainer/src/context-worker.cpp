// Rollouts by libllama: one context, its batch and its decoding. Runs on a worker thread of the engine process.
#include "context-worker.h"

#include <algorithm>

#include "rollout-streams.h"
#include "rollout-threadpool.h"
#include "rollout-unified.h"

namespace tinylora {

std::unique_ptr<context_worker> context_worker::make(const model & m, const rollout_options & options, int threads, progress & p) {
    if (options.layout == cache_layout::streams) {
        return std::make_unique<stream_worker>(m, options, threads, p);
    }
    return std::make_unique<unified_worker>(m, options, threads, p);
}

context_worker::context_worker(const model & m, const rollout_options & options, int threads, progress & p)
    : rollout_worker(m, options, p) {
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
        const auto * self = static_cast<const context_worker *>(data);
        return self->progress_.cancel_requested.load(std::memory_order_relaxed) || self->stops();
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
}

context_worker::~context_worker() {
    llama_batch_free(batch_);
    llama_free(context_);
    free_cpu_threadpool(threadpool_);
}

void context_worker::clear() {
    llama_synchronize(context_);
    llama_memory_clear(memory_, false);
}

void context_worker::decode() {
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

} // namespace tinylora
