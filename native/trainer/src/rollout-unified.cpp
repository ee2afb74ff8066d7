// Rollouts in one cache for all sequences: decodes its batches and draws the tokens on the host. Engine process.
#include "rollout-unified.h"

#include <algorithm>

namespace tinylora {

void unified_worker::clear() {
    context_worker::clear();
    used_cells_ = 0;
}

void unified_worker::start(const std::vector<size_t> & prompts, sample_result & result) {
    groups_.assign(prompts.size(), {});
    for (size_t i = 0; i < prompts.size(); i++) {
        groups_[i].prompt = &request_->prompts[prompts[i]];
        for (completion & out : result.completions[prompts[i]]) {
            groups_[i].samples.emplace_back().out = &out;
        }
    }
    slots_.assign(size_t(options_.max_sequences), {});
    active_.clear();
    first_open_ = 0;
}

bool unified_worker::advance() {
    admit();
    if (active_.empty()) {
        return false;
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
    return true;
}

void unified_worker::draw_first_tokens(prompt_group & group, const float * logits) {
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

void unified_worker::draw_next_token(int slot_id, const float * logits) {
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

// Draws one token for a sample; true when that ended it.
bool unified_worker::draw(prompt_group & group, int sample, const float * logits) {
    sample_progress & state = group.samples[size_t(sample)];
    float logprob;
    const int32_t token = sample_token(logits, n_vocab_, request_->temperature, request_->top_p, request_->top_k,
                                       uniform(*group.prompt, size_t(sample), state.out->tokens.size()), &logprob);
    return append(state, token, logprob);
}

} // namespace tinylora
