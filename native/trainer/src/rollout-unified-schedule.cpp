// Scheduling of rollouts within one cache for all sequences: which samples run, and what each batch holds (engine process).
//
// Cells: a prompt's cells carry the sequence ids of all its running samples and are counted once. When none are left, the
// youngest slot gives up its own; it is taken up again, from prompt and tokens so far, when they fit.
#include <algorithm>

#include "llama-lanes.h"
#include "rollout-unified.h"

namespace tinylora {

namespace {

// Free cells that an admission leaves to each running sequence, so that it does not cause a preemption at once.
constexpr int headroom_tokens = 8;

} // namespace

bool unified_worker::fits(int cells_needed) const {
    return active_.empty() || promised_cells_ + cells_needed + headroom_tokens * (promised_slots_ + 1) <= cells();
}

// In order of prompt and sample, without overtaking, so that the schedule depends on the request alone.
void unified_worker::admit() {
    while (first_open_ < groups_.size() && !groups_[first_open_].open()) {
        first_open_++;
    }
    if (first_open_ == groups_.size()) {
        return;
    }
    count_promises();
    for (size_t index = first_open_; index < groups_.size() && promised_slots_ < int(slots_.size()); index++) {
        prompt_group & group = groups_[index];
        if (!group.open() || (group.slots > 0 && group.prefilled < group.length())) {
            continue;
        }
        if (group.slots == 0) {
            const int own = group.drawn ? int(group.samples[size_t(first_waiting(group))].out->tokens.size()) : 1;
            if (!fits(group.length() + own)) {
                return;
            }
            open_slot(int(index), -1);
            continue;
        }
        while (group.waiting > 0 && promised_slots_ < int(slots_.size())) {
            const int sample = first_waiting(group);
            if (!fits(int(group.samples[size_t(sample)].out->tokens.size()))) {
                return;
            }
            open_slot(int(index), sample);
        }
    }
}

// Slots and cells that the active ones hold or are about to take. A group whose prompt is being computed counts with all
// samples that will follow, so that groups are finished one after another instead of all being begun.
void unified_worker::count_promises() {
    promised_slots_ = 0;
    promised_cells_ = used_cells_;
    for (const int slot_id : active_) {
        promise(slots_[size_t(slot_id)]);
    }
}

void unified_worker::promise(const slot & s) {
    const prompt_group & group = groups_[size_t(s.group)];
    promised_cells_ += wanted_tokens(s);
    promised_slots_++;
    if (s.sample < 0) {
        const int followers = (group.drawn ? group.waiting : int(group.samples.size())) - 1;
        promised_cells_ += followers;
        promised_slots_ += followers;
    }
}

int unified_worker::first_waiting(const prompt_group & group) const {
    const auto found = std::find_if(group.samples.begin(), group.samples.end(), [](const sample_progress & s) { return s.state == sample_state::waiting; });
    return int(found - group.samples.begin());
}

// sample −1 computes the group's prompt; others share the cells of a slot that has it.
void unified_worker::open_slot(int group, int sample) {
    const auto unused = std::find_if(slots_.begin(), slots_.end(), [](const slot & s) { return s.group < 0; });
    const int slot_id = int(unused - slots_.begin());
    if (sample >= 0) {
        const auto holder = std::find_if(active_.begin(), active_.end(), [&](int id) { return slots_[size_t(id)].group == group; });
        llama_memory_seq_cp(memory_, *holder, slot_id, 0, groups_[size_t(group)].length());
    }
    unused->group = group;
    groups_[size_t(group)].slots++;
    if (n_lanes_ > 1) {
        llama_set_sequence_lane(context_, slot_id, int32_t(groups_[size_t(group)].prompt->lane));
    }
    seat(slot_id, sample);
    promise(*unused);
}

// Gives a slot that holds its group's prompt to a sample and puts it in its place among the active ones.
void unified_worker::seat(int slot_id, int sample) {
    slot & s = slots_[size_t(slot_id)];
    s.sample = sample;
    if (sample >= 0) {
        prompt_group & group = groups_[size_t(s.group)];
        group.samples[size_t(sample)].state = sample_state::running;
        group.waiting--;
    }
    active_.erase(std::remove(active_.begin(), active_.end(), slot_id), active_.end());
    const auto older = [&](int left, int right) {
        const slot & a = slots_[size_t(left)];
        const slot & b = slots_[size_t(right)];
        return a.group != b.group ? a.group < b.group : a.sample < b.sample;
    };
    active_.insert(std::upper_bound(active_.begin(), active_.end(), slot_id, older), slot_id);
}

void unified_worker::close_slot(int slot_id) {
    slot & s = slots_[size_t(slot_id)];
    prompt_group & group = groups_[size_t(s.group)];
    if (s.sample >= 0) {
        used_cells_ -= group.samples[size_t(s.sample)].fed;
        group.samples[size_t(s.sample)].fed = 0;
    }
    if (--group.slots == 0) {
        used_cells_ -= group.prefilled;
        group.prefilled = 0;
    }
    llama_memory_seq_rm(memory_, slot_id, -1, -1);
    s = {};
    active_.erase(std::remove(active_.begin(), active_.end(), slot_id), active_.end());
}

void unified_worker::preempt_youngest() {
    const int slot_id = active_.back();
    const slot s = slots_[size_t(slot_id)];
    close_slot(slot_id);
    prompt_group & group = groups_[size_t(s.group)];
    if (s.sample >= 0) {
        group.samples[size_t(s.sample)].state = sample_state::waiting;
        group.waiting++;
    }
    first_open_ = std::min(first_open_, size_t(s.group));
    statistics_.preemptions++;
}

int unified_worker::wanted_tokens(const slot & s) const {
    const prompt_group & group = groups_[size_t(s.group)];
    if (s.sample < 0) {
        return group.length() - group.prefilled;
    }
    const sample_progress & sample = group.samples[size_t(s.sample)];
    return int(sample.out->tokens.size()) - sample.fed;
}

// One token a slot at least, oldest first, and what room is left in the batch for those that have more to feed.
void unified_worker::build_batch() {
    batch_.n_tokens = 0;
    outputs_.clear();
    int spare = batch_capacity_ - int(active_.size());
    for (size_t i = 0; i < active_.size(); i++) {
        while (used_cells_ == cells() && i < active_.size()) {
            preempt_youngest();
        }
        if (i == active_.size()) {
            break;
        }
        const int slot_id = active_[i];
        const int count = std::min({wanted_tokens(slots_[size_t(slot_id)]), 1 + spare, cells() - used_cells_});
        spare -= count - 1;
        add_tokens(slot_id, count);
    }
}

void unified_worker::add_tokens(int slot_id, int count) {
    const slot & s = slots_[size_t(slot_id)];
    prompt_group & group = groups_[size_t(s.group)];
    const bool prompt = s.sample < 0;
    sample_progress * sample = prompt ? nullptr : &group.samples[size_t(s.sample)];
    const std::vector<int32_t> & tokens = prompt ? group.prompt->tokens : sample->out->tokens;
    int & done = prompt ? group.prefilled : sample->fed;
    const int base = prompt ? 0 : group.length();

    for (int i = 0; i < count; i++) {
        const int at = batch_.n_tokens++;
        batch_.token[at] = tokens[size_t(done)];
        batch_.pos[at] = base + done;
        batch_.n_seq_id[at] = 1;
        batch_.seq_id[at][0] = slot_id;
        batch_.logits[at] = 0;
        done++;
    }
    used_cells_ += count;
    statistics_.prefilled_tokens += prompt ? count : count - 1;

    const bool complete = size_t(done) == tokens.size();
    if (complete && !(prompt && group.drawn)) {
        batch_.logits[batch_.n_tokens - 1] = 1;
        outputs_.push_back({batch_.n_tokens - 1, slot_id});
    }
}

// Slots whose prompt is complete go to the group's first waiting sample.
void unified_worker::settle_prompts() {
    for (size_t i = 0; i < active_.size();) {
        const int slot_id = active_[i];
        const slot & s = slots_[size_t(slot_id)];
        prompt_group & group = groups_[size_t(s.group)];
        if (s.sample >= 0 || group.prefilled < group.length()) {
            i++;
        } else if (group.waiting > 0) {
            seat(slot_id, first_waiting(group));
        } else {
            close_slot(slot_id);
        }
    }
}

} // namespace tinylora
