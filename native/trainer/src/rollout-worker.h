// What all rollouts share, whatever computes and schedules them: numbers to draw with, and what ends a completion (engine
// process).
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
    virtual ~rollout_worker() = default;
    rollout_worker(const rollout_worker &) = delete;

    // The most cells that one sequence can have.
    virtual int sequence_cells() const = 0;
    // Completes the prompts with the given indices into `result`. `stop` ends it early, with error_code::cancelled.
    void run(const sample_request & request, const std::vector<size_t> & prompts, int n_lanes, const std::atomic<bool> & stop, sample_result & result);
    // Empties the cache, and waits for work that is under way.
    virtual void clear() = 0;
    const sample_statistics & statistics() const { return statistics_; }

protected:
    rollout_worker(const model & m, const rollout_options & options, progress & p);

    virtual void start(const std::vector<size_t> & prompts, sample_result & result) = 0;
    // One decoding step; false when nothing is left to do.
    virtual bool advance() = 0;

    void check_cancelled() const;
    bool stops() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }
    // The number that draws token `index` of a sample.
    double uniform(const sample_prompt & prompt, size_t sample, size_t index) const;
    // Appends a drawn token; true when that ended the completion.
    bool append(open_completion & state, int32_t token, float logprob);

    const model & model_;
    const rollout_options options_;
    progress & progress_;
    int n_vocab_ = 0;
    sample_statistics statistics_;

    // One call of run:
    const sample_request * request_ = nullptr;
    int n_lanes_ = 1;

private:
    bool reached_stop(open_completion & state, int32_t token) const;

    std::vector<uint8_t> ends_generation_;  // [vocabulary]
    const std::atomic<bool> * stop_ = nullptr;
    size_t longest_stop_ = 0;
};

} // namespace tinylora
