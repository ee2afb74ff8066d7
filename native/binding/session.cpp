// A session: one loaded model with its adapter, trainer, rollouts, merger and optimiser, kept consistent. Engine process.
#include "session.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "backends.h"
#include "tinylora/error.h"

namespace binding {

using tinylora::adapter_form;
using tinylora::fail_input;
using tinylora::fail_internal;

// Graphs of models below this size leave most of a thread pool idle: they gain from running side by side.
static constexpr uint64_t small_model_bytes = 64ull << 20;

static int choose_workers(const session_options & options, const tinylora::model & m) {
    if (options.workers > 0) {
        return std::min(options.workers, options.threads);
    }
    const bool small = llama_model_size(m.handle()) <= small_model_bytes;
    return small && !options.model.gpu ? options.threads : 1;
}

static void create_folder(const std::string & path) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::u8path(path), error);
    if (error) {
        fail_input("Cannot create the folder for cached bases '" + path + "': " + error.message() + ". Choose a folder that can be written.");
    }
}

session::session(const session_options & options, tinylora::progress & progress) : options_(options), progress_(progress) {
    progress_.begin("load model", 1);
    require_device(options_.model.backend_dir, options_.model.gpu);
    create_folder(options_.bases_dir);
    model_ = tinylora::model::load(options_.model);
    file_tensors_ = gguf_file(options_.model.path).tensors();
    workers_ = choose_workers(options_, *model_);
    tinylora::trainer_options trainer_options;
    trainer_options.exact = options_.exact;
    trainer_options.threads = options_.threads;
    trainer_options.workers = workers_;
    trainer_options.kernel_library = options_.exact ? "" : options_.kernel_library;
    trainer_ = std::make_unique<tinylora::trainer>(*model_, trainer_options, progress_);
}

session::~session() {
    // Users first: rollouts and trainer hold pointers to adapter and model.
    merger_.reset();
    rollouts_.reset();
    trainer_.reset();
    adapter_.reset();
}

// --- adapter -------------------------------------------------------------------------------------------------------

std::unique_ptr<tinylora::adapter> session::make_adapter(const adapter_spec & spec) {
    if (const auto * tiny = std::get_if<tinylora::tinylora_spec>(&spec)) {
        return tinylora::make_tinylora(*model_, *tiny, options_.bases_dir, options_.threads, progress_);
    }
    if (const auto * xs = std::get_if<tinylora::lora_xs_spec>(&spec)) {
        return tinylora::make_lora_xs(*model_, *xs, options_.bases_dir, options_.threads, progress_);
    }
    if (const auto * lora = std::get_if<tinylora::lora_spec>(&spec)) {
        return tinylora::make_lora(*model_, *lora);
    }
    if (const auto * factored = std::get_if<tinylora::factored_spec>(&spec)) {
        return tinylora::make_factored(*model_, *factored);
    }
    return tinylora::make_full(*model_);
}

const tinylora::adapter & session::set_adapter(const adapter_spec & spec) {
    clear_adapter();
    adapter_ = make_adapter(spec);
    try {
        trainer_->set_adapter(adapter_.get());
        params_ = adapter_->initial_params();
        if (adapter_->form() == adapter_form::dense) {
            dense_base_ = params_;
        }
        optimiser_.reset(params_.size());
        storage_ = {};
        publish_params();
    } catch (...) {
        clear_adapter();
        throw;
    }
    return *adapter_;
}

void session::clear_adapter() {
    if (!adapter_) {
        return;
    }
    unmerge();
    merger_.reset();
    if (!dense_base_.empty()) {
        trainer_->set_params(dense_base_);
        rollout_weights_stale_ = true;
        dense_base_.clear();
        dense_base_.shrink_to_fit();
    }
    trainer_->set_adapter(nullptr);
    if (rollouts_ && rollout_adapter_ != nullptr) {
        rollouts_->set_adapter(nullptr);
    }
    rollout_adapter_ = nullptr;
    rollout_lanes_stale_ = false;
    adapter_.reset();
    params_.clear();
    params_in_use_.clear();
    optimiser_.reset(0);
}

tinylora::adapter & session::adapter(const char * operation) const {
    if (!adapter_) {
        fail_input(std::string(operation) + ": no adapter is set. Call setAdapter first.");
    }
    return *adapter_;
}

size_t session::adapted_module(const char * operation, const std::string & module_name) const {
    const std::vector<tinylora::module_factors> & adapted = adapter(operation).modules();
    for (size_t i = 0; i < adapted.size(); i++) {
        if (model_->modules()[adapted[i].module].name == module_name) {
            return i;
        }
    }
    fail_input(std::string(operation) + ": the adapter has no module '" + module_name + "'. Its modules are those of AdapterInfo.groups.");
}

void session::require_unmerged(const char * operation) const {
    if (is_merged()) {
        fail_input(std::string(operation) + ": the adapter is merged into the live weights. Call unmerge first.");
    }
}

// --- parameters and training ---------------------------------------------------------------------------------------

void session::publish_params() {
    params_in_use_ = tinylora::params_in_use(params_, storage_);
    adapter_->load_params(params_in_use_.data());
    trainer_->set_params(params_in_use_);
    // Full fine-tuning: the trainer has written the live weights.
    (adapter_->form() == adapter_form::dense ? rollout_weights_stale_ : rollout_lanes_stale_) = true;
}

void session::set_params(std::vector<float> params) {
    adapter("setParams");
    require_unmerged("setParams");
    if (params.size() != params_.size()) {
        fail_input("setParams: the adapter has " + std::to_string(params_.size()) + " numbers, but " +
                   std::to_string(params.size()) + " were given.");
    }
    params_ = std::move(params);
    publish_params();
}

tinylora::pass_result session::pass(const std::vector<tinylora::sequence_group> & groups, const tinylora::pass_options & options) {
    // Merged weights already hold ΔW: with the adapter on it would count twice.
    if (!options.adapter_off) {
        require_unmerged("pass");
    }
    if (options.backward) {
        adapter("pass with backward");
    }
    return trainer_->pass(groups, options);
}

const std::vector<double> & session::gradient() const {
    adapter("gradient");
    return trainer_->gradient();
}

tinylora::optim_step_result session::optim_step(const tinylora::adamw_options & options) {
    adapter("optimStep");
    require_unmerged("optimStep");
    const std::vector<double> & gradient = trainer_->gradient();
    const auto broken = std::find_if(gradient.begin(), gradient.end(), [](double g) { return !std::isfinite(g); });
    if (broken != gradient.end()) {
        fail_internal("optimStep: the gradient of number " + std::to_string(broken - gradient.begin()) +
                      " is not finite; the parameters were left as they are.");
    }
    storage_ = options;
    const tinylora::optim_step_result result = optimiser_.step(params_, gradient, options);
    publish_params();
    return result;
}

optimiser_state session::get_optimiser_state() const {
    adapter("optimiserState");
    return {optimiser_.first_moment, optimiser_.second_moment, optimiser_.steps};
}

void session::set_optimiser_state(optimiser_state state) {
    adapter("setOptimiserState");
    if (state.first_moment.size() != params_.size() || state.second_moment.size() != params_.size()) {
        fail_input("setOptimiserState: both moments need " + std::to_string(params_.size()) + " numbers, one for each parameter.");
    }
    optimiser_.first_moment = std::move(state.first_moment);
    optimiser_.second_moment = std::move(state.second_moment);
    optimiser_.steps = state.steps;
}

// --- rollouts and merging ------------------------------------------------------------------------------------------

void session::configure_rollouts(tinylora::rollout_options options) {
    options.threads = options_.threads;
    options.kernel_library = options_.exact ? "" : options_.kernel_library;
    if (options.workers == 0) {
        options.workers = workers_;
    }
    if (rollouts_ && options == rollouts_->options()) {
        return;
    }
    rollouts_.reset();  // its cache goes before the new one is allocated
    rollout_adapter_ = nullptr;
    rollout_weights_stale_ = false;
    rollouts_ = std::make_unique<tinylora::rollout_engine>(*model_, options, progress_);
}

void session::sync_rollouts() {
    // Merged and fully trained weights hold the adapter already.
    const bool separate = adapter_ && adapter_->form() != adapter_form::dense && !is_merged();
    const tinylora::adapter * wanted = separate ? adapter_.get() : nullptr;
    if (wanted != rollout_adapter_) {
        rollouts_->set_adapter(wanted);
        rollout_adapter_ = wanted;
        rollout_lanes_stale_ = true;
    }
    if (wanted != nullptr && rollout_lanes_stale_) {
        rollouts_->set_lanes({params_in_use_});
        rollout_lanes_stale_ = false;
    }
    if (rollout_weights_stale_) {
        rollouts_->invalidate();
        rollout_weights_stale_ = false;
    }
}

tinylora::sample_result session::sample(const tinylora::sample_request & request) {
    if (!rollouts_) {
        fail_input("sample: rollouts are not configured. Call configureRollouts first.");
    }
    sync_rollouts();
    return rollouts_->sample(request);
}

tinylora::merge_report session::merge() {
    if (adapter("merge").form() == adapter_form::dense) {
        return {};  // its numbers are the live weights
    }
    if (!merger_) {
        merger_ = std::make_unique<tinylora::merger>(*model_, *adapter_);
    }
    rollout_weights_stale_ = true;
    try {
        return merger_->apply(params_in_use_);
    } catch (...) {
        merger_->restore();
        throw;
    }
}

void session::unmerge() {
    if (is_merged()) {
        merger_->restore();
        rollout_weights_stale_ = true;
    }
}

void session::save_model(const std::string & path) {
    progress_.begin("save model", static_cast<long long>(file_tensors_.size()));
    write_model_f32(*model_, path, progress_);
}

} // namespace binding
