// Rollouts by libllama: one context, its batch and its decoding (engine process).
#pragma once

#include <memory>

#include "rollout-worker.h"

namespace tinylora {

class context_worker : public rollout_worker {
public:
    // Of the options' layout. Throws an error that names the remedy when the context cannot be created.
    static std::unique_ptr<context_worker> make(const model & m, const rollout_options & options, int threads, progress & p);
    ~context_worker() override;

    llama_context * context() const { return context_; }
    int sequence_cells() const override { return int(llama_n_ctx_seq(context_)); }
    void clear() override;

protected:
    context_worker(const model & m, const rollout_options & options, int threads, progress & p);

    // Decodes `batch_`.
    void decode();

    llama_context * context_ = nullptr;
    llama_memory_t memory_ = nullptr;
    llama_batch batch_{};
    int batch_capacity_ = 0;

private:
    ggml_threadpool_t threadpool_ = nullptr;
};

} // namespace tinylora
