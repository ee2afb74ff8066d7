// A context with one cache for all sequences: schedules its prompts' samples over sequence slots and cells (engine process).
#pragma once

#include <vector>

#include "context-worker.h"

namespace tinylora {

class unified_worker : public context_worker {
public:
    unified_worker(const model & m, const rollout_options & options, int threads, progress & p) : context_worker(m, options, threads, p) {}
    void clear() override;

protected:
    void start(const std::vector<size_t> & prompts, sample_result & result) override;
    bool advance() override;

private:
    // A sample's tokens are drawn ahead of the cache: the last one is never in it, and a waiting sample (new or
    // preempted) has none of its own there. So to start, to go on and to take up again are the same: feed what is missing.
    enum class sample_state { waiting, running, finished };
    struct sample_progress : open_completion {
        sample_state state = sample_state::waiting;
        int fed = 0;            // own tokens in the cache
    };
    struct prompt_group {
        const sample_prompt * prompt = nullptr;
        std::vector<sample_progress> samples;
        bool drawn = false;  // first tokens were drawn from the prompt's last logits
        int waiting = 0;     // samples that wait
        int prefilled = 0;   // prompt tokens in the cache, shared by the group's slots
        int slots = 0;       // slots that hold the prompt
        int length() const { return int(prompt->tokens.size()); }
        bool open() const { return waiting > 0 || !drawn; }
    };
    // A sequence id in use. sample = −1: it computes the prompt.
    struct slot {
        int group = -1;
        int sample = -1;
    };
    struct output_row {
        int batch_index;
        int slot_id;
    };

    int cells() const { return int(llama_n_ctx(context_)); }
    void admit();
    void count_promises();
    void promise(const slot & s);
    bool fits(int cells_needed) const;
    void open_slot(int group, int sample);
    void seat(int slot_id, int sample);
    void close_slot(int slot_id);
    void preempt_youngest();
    int wanted_tokens(const slot & s) const;
    void build_batch();
    void add_tokens(int slot_id, int count);
    void draw_first_tokens(prompt_group & group, const float * logits);
    void draw_next_token(int slot_id, const float * logits);
    bool draw(prompt_group & group, int sample, const float * logits);
    void settle_prompts();
    int first_waiting(const prompt_group & group) const;

    // One call of run:
    std::vector<prompt_group> groups_;
    std::vector<slot> slots_;
    std::vector<int> active_;  // slots in use, oldest (first prompt, first sample) first
    std::vector<output_row> outputs_;
    size_t first_open_ = 0;  // no group before it waits for a slot
    int used_cells_ = 0;
    int promised_cells_ = 0;
    int promised_slots_ = 0;
};

} // namespace tinylora
