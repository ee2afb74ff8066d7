// The samples of one call of the rollouts, in the order in which they are started (engine process).
#pragma once

#include <vector>

#include "rollout-worker.h"

namespace tinylora {

struct sample_state : open_completion {
    const sample_prompt * prompt = nullptr;
    size_t index = 0;  // within its prompt's samples
    bool ended = false;
};

// Samples of one prompt that are started together.
struct admission {
    const sample_prompt * prompt = nullptr;
    std::vector<size_t> samples;  // indices into the queue
};

class sample_queue {
public:
    // All samples of the prompts with the given indices, whose completions lie in `result`.
    void start(const sample_request & request, const std::vector<size_t> & prompts, sample_result & result);

    sample_state & operator[](size_t sample) { return samples_[sample]; }
    const sample_state & operator[](size_t sample) const { return samples_[sample]; }
    size_t size() const { return samples_.size(); }
    bool is_empty() const { return next_ == samples_.size(); }

    // Whether starting samples is worth the interruption, where `capacity` fit and `running` do.
    bool wants_start(size_t running, size_t capacity) const;
    // The next samples, at most `count` of at most `n_prompts` prompts, by prompt; longest prompts first.
    std::vector<admission> next(size_t count, size_t n_prompts);

private:
    std::vector<sample_state> samples_;
    size_t next_ = 0;  // the first that was never started
};

} // namespace tinylora
