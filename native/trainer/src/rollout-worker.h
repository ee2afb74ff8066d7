// One context of the rollouts: schedules its prompts' samples over sequence slots and cache cells (engine process).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tinylora/model.h"
#include "tinylora/progress.h"
#include "tinylora/rollout.h"

namespace tinylora {

// Throws an error that names the remedy when the context cannot be created.
class rollout_worker {
public:
    rollout_worker(const model & m, const rollout_options & options, int threads, progress & p);
    ~rollout_worker();
    rollout_worker(const rollout_worker &) = delete;

    llama_context * context() const { return context_; }
    int cells() const { return int(llama_n_ctx(context_)); }

    // Completes the prompts with the given indices into `result`. `stop` ends it early, with error_code::cancelled.
    void run(const sample_request & request, const std::vector<size_t> & prompts, int n_lanes, const std::atomic<bool> & stop, sample_result & result);
    // Empties the cache.
    void clear();
    const sample_statistics & statistics() const { return statistics_; }

private:
    // A sample's tokens are drawn ahead of the cache: the last one is never in it, and a waiting sample (new or
    // preempted) has none of its own there. So to start, to go on and to take up again are the same: feed what is missing.
    enum class sample_state { waiting, running, finished };
    struct sample_progress {
        completion * out = nullptr;
        sample_state state = sample_state::waiting;
        int fed = 0;            // own tokens in the cache
        std::string text_tail;  // end of the detokenised text, as long as the longest stop string needs
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

    void start(const sample_request & request, const std::vector<size_t> & prompts, sample_result & result);
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
    void decode();
    void draw_first_tokens(prompt_group & group, const float * logits);
    void draw_next_token(int slot_id, const float * logits);
    bool draw(prompt_group & group, int sample, const float * logits);
    bool reached_stop(sample_progress & sample, int32_t token);
    void settle_prompts();
    int first_waiting(const prompt_group & group) const;

    const model & model_;
    const rollout_options options_;
    progress & progress_;
    llama_context * context_ = nullptr;
    llama_memory_t memory_ = nullptr;
    llama_batch batch_{};
    ggml_threadpool_t threadpool_ = nullptr;
    std::vector<uint8_t> ends_generation_;  // [vocabulary]
    int n_vocab_ = 0;
    int batch_capacity_ = 0;

    // One call of run:
    const sample_request * request_ = nullptr;
    const std::atomic<bool> * stop_ = nullptr;
    int n_lanes_ = 1;
    size_t longest_stop_ = 0;
    std::vector<prompt_group> groups_;
    std::vector<slot> slots_;
    std::vector<int> active_;  // slots in use, oldest (first prompt, first sample) first
    std::vector<output_row> outputs_;
    size_t first_open_ = 0;  // no group before it waits for a slot
    int used_cells_ = 0;
    int promised_cells_ = 0;
    int promised_slots_ = 0;
    sample_statistics statistics_;
};

} // namespace tinylora
