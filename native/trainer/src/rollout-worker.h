// One context of the rollouts, whatever schedules it: creation, decoding, and what ends a completion (engine process).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tinylora/model.h"
#include "tinylora/progress.h"
#include "tinylora/rollout.h"

namespace tinylora {

// What a completion needs while it grows.
struct open_completion {
    completion * out = nullptr;
    std::string text_tail;  // end of the detokenised text, as long as the longest stop string needs
};

class rollout_worker {
public:
    // Of the options' layout. Throws an error that names the remedy when the context cannot be created.
    static std::unique_ptr<rollout_worker> make(const model & m, const rollout_options & options, int threads, progress & p);
    virtual ~rollout_worker();
    rollout_worker(const rollout_worker &) = delete;

    llama_context * context() const { return context_; }
    // The most cells that one sequence can have.
    int sequence_cells() const { return int(llama_n_ctx_seq(context_)); }

    // Completes the prompts with the given indices into `result`. `stop` ends it early, with error_code::cancelled.
    void run(const sample_request & request, const std::vector<size_t> & prompts, int n_lanes, const std::atomic<bool> & stop, sample_result & result);
    // Empties the cache.
    virtual void clear();
    const sample_statistics & statistics() const { return statistics_; }

protected:
    rollout_worker(const model & m, const rollout_options & options, int threads, progress & p);

    virtual void start(const std::vector<size_t> & prompts, sample_result & result) = 0;
    // One decoding step; false when nothing is left to do.
    virtual bool advance() = 0;

    // Decodes `batch_`.
    void decode();
    double uniform(const sample_prompt & prompt, size_t sample, const completion & out) const;
    // Appends a drawn token; true when that ended the completion.
    bool append(open_completion & state, int32_t token, float logprob);

    const model & model_;
    const rollout_options options_;
    progress & progress_;
    llama_context * context_ = nullptr;
    llama_memory_t memory_ = nullptr;
    llama_batch batch_{};
    int n_vocab_ = 0;
    int batch_capacity_ = 0;
    sample_statistics statistics_;

    // One call of run:
    const sample_request * request_ = nullptr;
    int n_lanes_ = 1;

private:
    void check_cancelled() const;
    bool reached_stop(open_completion & state, int32_t token) const;

    ggml_threadpool_t threadpool_ = nullptr;
    std::vector<uint8_t> ends_generation_;  // [vocabulary]
    const std::atomic<bool> * stop_ = nullptr;
    size_t longest_stop_ = 0;
};

} // namespace tinylora
