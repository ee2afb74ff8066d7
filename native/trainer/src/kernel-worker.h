// Rollouts by the kernels of native/kernels: a prompt's cells are shared by its samples, drawn tokens stay on the device,
// and the host reads a step's tokens while the next one is computed (engine process).
#pragma once

#include <deque>
#include <memory>

#include "device-decoder.h"
#include "rollout-worker.h"
#include "sample-queue.h"

namespace tinylora {

class kernel_worker : public rollout_worker {
public:
    kernel_worker(const model & m, const rollout_options & options, std::unique_ptr<device_decoder> decoder, progress & p);

    int sequence_cells() const override { return options_.context_tokens / options_.max_sequences; }
    void clear() override;
    void set_lanes(const std::vector<std::vector<float>> & params) { decoder_->set_lanes(params); }

protected:
    void start(const std::vector<size_t> & prompts, sample_result & result) override;
    bool advance() override;

private:
    // A running sample, with the numbers of its own cells and of its prompt's.
    struct sequence {
        size_t sample;
        int slot, place;
    };
    // Work under way: which sequence each draw belongs to, and which row its logits are.
    struct flight {
        std::vector<size_t> samples;
        std::vector<int32_t> slots, rows;
    };

    void admit();
    void prefill(const std::vector<admission> & admissions, size_t first, size_t count);
    bool launch();
    void land();
    void draw_on_host(const flight & f, std::vector<device_decoder::draw> & draws);
    bool draws_on_host() const { return request_->top_p < 1 || request_->top_k > 0; }
    int prefix_cell(int place) const { return place * longest_prompt_; }
    int own_cell(int slot) const { return n_places_ * longest_prompt_ + slot * request_->max_tokens; }

    std::unique_ptr<device_decoder> decoder_;
    std::vector<float> host_logits_;

    // One call of run:
    sample_queue samples_;
    std::vector<int> pending_;  // [sample] tokens that are being drawn
    std::vector<sequence> running_;
    std::deque<flight> flights_;  // oldest first
    std::vector<int> free_slots_, free_places_;  // of sequences, of prompts
    std::vector<int> users_;      // [place] running samples of the prompt there
    int n_slots_ = 0, n_places_ = 0, longest_prompt_ = 0;
};

} // namespace tinylora
