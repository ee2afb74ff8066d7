// The samples of one call of the rollouts, in the order in which they are started. Runs on a worker thread of the engine process.
#include "sample-queue.h"

#include <algorithm>

namespace tinylora {

namespace {

// New samples are admitted when this share of the places is free: a prompt's batch interrupts all that run.
constexpr double refill_share = 0.25;

} // namespace

void sample_queue::start(const sample_request & request, const std::vector<size_t> & prompts, sample_result & result) {
    samples_.clear();
    for (const size_t index : prompts) {
        for (size_t sample = 0; sample < result.completions[index].size(); sample++) {
            sample_state & s = samples_.emplace_back();
            s.out = &result.completions[index][sample];
            s.prompt = &request.prompts[index];
            s.index = sample;
        }
    }
    next_ = 0;
}

bool sample_queue::wants_start(size_t running, size_t capacity) const {
    const size_t waiting = samples_.size() - next_;
    const size_t enough = std::min(waiting, size_t(std::max(1.0, refill_share * double(capacity))));
    return waiting > 0 && capacity - running >= enough;
}

std::vector<admission> sample_queue::next(size_t count, size_t n_prompts) {
    std::vector<admission> admissions;
    for (; count > 0 && next_ < samples_.size(); count--, next_++) {
        const sample_prompt * prompt = samples_[next_].prompt;
        if (admissions.empty() || admissions.back().prompt != prompt) {
            if (admissions.size() == n_prompts) {
                break;
            }
            admissions.push_back({prompt, {}});
        }
        admissions.back().samples.push_back(next_);
    }
    // Prompts of one length share a batch without padding; stable, so that the schedule depends on the request alone.
    std::stable_sort(admissions.begin(), admissions.end(), [](const admission & a, const admission & b) { return a.prompt->tokens.size() > b.prompt->tokens.size(); });
    return admissions;
}

} // namespace tinylora
