// A session: one loaded model with its adapter, trainer, rollouts, merger and optimiser, kept consistent with each other.
// Plain C++; session_object.h is its JavaScript face. All methods run on the session's worker thread, or on the
// JavaScript thread while the worker has nothing to do. Engine process.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "gguf_file.h"
#include "tinylora/adapter.h"
#include "tinylora/gradient.h"
#include "tinylora/merge.h"
#include "tinylora/model.h"
#include "tinylora/optimiser.h"
#include "tinylora/progress.h"
#include "tinylora/rollout.h"

namespace binding {

struct session_options {
    tinylora::model_options model;
    bool exact = false;     // weights dequantised to F32 in the training graph
    int threads = 1;        // in all
    int workers = 0;        // 0 = choose by model size
    std::string kernel_library;  // empty: ggml's kernels alone
    std::string bases_dir;  // created where missing
};

struct full_spec {};  // full fine-tuning has no settings

using adapter_spec =
    std::variant<tinylora::tinylora_spec, tinylora::lora_xs_spec, tinylora::lora_spec, full_spec, tinylora::factored_spec>;

// Moments in the parameters' order, and the number of steps taken.
struct optimiser_state {
    std::vector<float> first_moment, second_moment;
    int64_t steps = 0;
};

class session {
public:
    // Loads backends and model. Throws bad_input naming the file or folder.
    session(const session_options & options, tinylora::progress & progress);
    ~session();
    session(const session &) = delete;
    session & operator=(const session &) = delete;

    const tinylora::model & model() const { return *model_; }
    // Tensors of the model's file, in file order.
    const std::vector<file_tensor> & file_tensors() const { return file_tensors_; }

    // Replaces the adapter; the live weights are the base's again first. Afterwards none is set where the new one is refused.
    const tinylora::adapter & set_adapter(const adapter_spec & spec);
    void clear_adapter();
    // Throws bad_input, naming the operation, when no adapter is set.
    tinylora::adapter & adapter(const char * operation) const;
    // Index into adapter.modules(). Throws bad_input when the module is not adapted.
    size_t adapted_module(const char * operation, const std::string & module_name) const;

    // The float32 master parameters. Order: adapter::parameter_runs().
    const std::vector<float> & params() const { return params_; }
    // The parameters that the forward uses: rounded where the last step's storage mode asks for it.
    const std::vector<float> & params_in_use() const { return params_in_use_; }
    void set_params(std::vector<float> params);

    tinylora::pass_result pass(const std::vector<tinylora::sequence_group> & groups, const tinylora::pass_options & options);
    void zero_gradient() { trainer_->zero_gradient(); }
    const std::vector<double> & gradient() const;

    // Steps the master parameters with the accumulated gradient. Throws internal, changing nothing, when that is not finite.
    tinylora::optim_step_result optim_step(const tinylora::adamw_options & options);
    optimiser_state get_optimiser_state() const;
    void set_optimiser_state(optimiser_state state);

    void configure_rollouts(tinylora::rollout_options options);
    tinylora::sample_result sample(const tinylora::sample_request & request);

    tinylora::merge_report merge();
    void unmerge();

    // Writes the live weights as F32. Throws bad_input when the path cannot be written; leaves no half-written file.
    void save_model(const std::string & path);

private:
    std::unique_ptr<tinylora::adapter> make_adapter(const adapter_spec & spec);
    void publish_params();
    void sync_rollouts();
    void require_unmerged(const char * operation) const;
    bool is_merged() const { return merger_ && merger_->applied(); }

    session_options options_;
    tinylora::progress & progress_;
    int workers_ = 1;

    std::unique_ptr<tinylora::model> model_;
    std::vector<file_tensor> file_tensors_;
    std::unique_ptr<tinylora::adapter> adapter_;
    std::unique_ptr<tinylora::trainer> trainer_;
    std::unique_ptr<tinylora::rollout_engine> rollouts_;
    std::unique_ptr<tinylora::merger> merger_;

    tinylora::adamw optimiser_;
    tinylora::adamw_options storage_;  // of the last step; its precision and round_on_use decide what the forward uses
    std::vector<float> params_, params_in_use_;
    std::vector<float> dense_base_;    // full fine-tuning: the weights as loaded, put back when the adapter goes

    // What the rollouts have not seen yet. Applied before the next sample, so that merge and unmerge rebuild nothing in vain.
    const tinylora::adapter * rollout_adapter_ = nullptr;
    bool rollout_lanes_stale_ = false;
    bool rollout_weights_stale_ = false;
};

} // namespace binding
