// The rollout engine: checks a request, spreads its prompts over the workers and gathers the completions (engine process).
#include "tinylora/rollout.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <thread>
#include <tuple>

#include "context-worker.h"
#include "kernel-worker.h"
#include "lanes.h"

namespace tinylora {

bool rollout_options::operator==(const rollout_options & other) const {
    const auto fields = [](const rollout_options & o) {
        return std::tie(o.layout, o.context_tokens, o.max_sequences, o.cache_f32, o.flash_attention, o.batch_tokens, o.threads, o.workers, o.kernel_library);
    };
    return fields(*this) == fields(other);
}

// Who computes: contexts of libllama, or the kernels of native/kernels where those know the layout, the weights and the
// adapter. All workers are of one kind.
struct rollout_engine::impl {
    impl(const model & m, const rollout_options & o, progress & p) : base(m), options(o), reporter(p) {}

    void make_workers();
    bool make_kernel_workers();
    void attach();
    void check(const sample_request & request) const;
    void check_prompt(const sample_prompt & prompt, size_t index, int max_tokens) const;

    const model & base;
    const rollout_options options;
    progress & reporter;
    const adapter * current = nullptr;
    int n_lanes = 1;
    bool lanes_set = false;

    std::vector<context_worker *> contexts;  // the workers, where they are contexts
    std::unique_ptr<lane_tensors> lanes;     // what the contexts share
    std::vector<kernel_worker *> kernels;    // the workers, where they use kernels
    std::unique_ptr<decoder_weights> kernel_weights;  // what the kernels share
    std::vector<std::unique_ptr<rollout_worker>> workers;
};

namespace {

constexpr int max_sequences_a_worker = 512;  // libllama's limit, raised by native/patches/0002-streams.patch

void check_options(const rollout_options & options) {
    if (options.max_sequences < 1 || options.max_sequences > max_sequences_a_worker) {
        fail_input("maxSequences is " + std::to_string(options.max_sequences) + ": a worker runs 1 to " + std::to_string(max_sequences_a_worker) + " sequences at once.");
    }
    if (options.context_tokens < 1 || options.batch_tokens < 1 || options.threads < 1 || options.workers < 1) {
        fail_input("contextTokens, batchTokens, threads and workers of the rollouts must be at least 1.");
    }
}

} // namespace

rollout_engine::rollout_engine(const model & m, const rollout_options & options, progress & p) : impl_(std::make_unique<impl>(m, options, p)) {
    check_options(options);
    impl_->make_workers();
}

rollout_engine::~rollout_engine() = default;

const rollout_options & rollout_engine::options() const { return impl_->options; }

// For the current adapter. Kernels are asked anew with each adapter; contexts serve all.
void rollout_engine::impl::make_workers() {
    if (make_kernel_workers() || !contexts.empty()) {
        return;
    }
    const int threads = std::max(1, options.threads / options.workers);
    for (int i = 0; i < options.workers; i++) {
        std::unique_ptr<context_worker> worker = context_worker::make(base, options, threads, reporter);
        contexts.push_back(worker.get());
        workers.push_back(std::move(worker));
    }
}

bool rollout_engine::impl::make_kernel_workers() {
    kernels.clear();
    if (options.kernel_library.empty() || options.layout != cache_layout::streams || !options.flash_attention || options.cache_f32) {
        return false;
    }
    if (contexts.empty()) {
        workers.clear();
    }
    if (!kernel_weights) {
        kernel_weights = std::make_unique<decoder_weights>(base);
    }
    kernel_weights->layers().set_adapter(current);
    std::vector<std::unique_ptr<rollout_worker>> made;
    for (int i = 0; i < options.workers; i++) {
        std::unique_ptr<device_decoder> decoder = device_decoder::create(options.kernel_library, base, *kernel_weights, current);
        if (!decoder) {
            kernels.clear();
            kernel_weights.reset();
            return false;
        }
        auto worker = std::make_unique<kernel_worker>(base, options, std::move(decoder), reporter);
        kernels.push_back(worker.get());
        made.push_back(std::move(worker));
    }
    contexts.clear();
    workers = std::move(made);
    return true;
}

void rollout_engine::impl::attach() {
    for (context_worker * worker : contexts) {
        if (lanes) {
            lanes->attach(worker->context());
        } else {
            llama_set_lanes(worker->context(), nullptr, 0, 0, 0, false);
        }
    }
}

void rollout_engine::set_adapter(const adapter * a) {
    invalidate();
    impl_->lanes.reset();
    impl_->current = a;
    impl_->n_lanes = 1;
    impl_->lanes_set = false;
    impl_->make_workers();
    impl_->attach();
}

void rollout_engine::set_lanes(const std::vector<std::vector<float>> & params) {
    if (impl_->current == nullptr || params.empty()) {
        fail_internal("set_lanes needs an adapter and the numbers of one lane at least.");
    }
    for (const std::vector<float> & lane : params) {
        if (lane.size() != impl_->current->n_params()) {
            fail_internal("A lane has " + std::to_string(lane.size()) + " numbers, its adapter " + std::to_string(impl_->current->n_params()) + ".");
        }
    }
    if (params.size() > 1 && impl_->current->form() != adapter_form::factored) {
        fail_input(std::string("Adapter kind ") + impl_->current->kind() + " has factors of its own in every run: sample its runs one after the other, one lane each.");
    }
    invalidate();
    impl_->lanes_set = true;
    impl_->n_lanes = int(params.size());
    if (impl_->current->form() == adapter_form::dense) {
        return;  // the live weights are the adapter
    }
    if (!impl_->kernels.empty()) {
        impl_->kernel_weights->layers().set_params(params[0].data());
        for (kernel_worker * worker : impl_->kernels) {
            worker->set_lanes(params);
        }
        return;
    }
    if (!impl_->lanes || impl_->lanes->n_lanes() != int(params.size())) {
        impl_->lanes.reset();
        impl_->lanes = std::make_unique<lane_tensors>(impl_->base, *impl_->current, int(params.size()));
        impl_->attach();
    }
    impl_->lanes->write(params);
}

void rollout_engine::invalidate() {
    for (const auto & worker : impl_->workers) {
        worker->clear();
    }
}

void rollout_engine::impl::check_prompt(const sample_prompt & prompt, size_t index, int max_tokens) const {
    const std::string name = "Prompt " + std::to_string(index + 1);
    if (prompt.tokens.empty()) {
        fail_input(name + " has no tokens: give it one at least.");
    }
    for (const int32_t token : prompt.tokens) {
        if (token < 0 || token >= base.hparams().n_vocab) {
            fail_input(name + " holds token " + std::to_string(token) + ", outside the vocabulary of " + std::to_string(base.hparams().n_vocab) + " entries.");
        }
    }
    const int64_t needed = int64_t(prompt.tokens.size()) + max_tokens;
    const int cells = workers.front()->sequence_cells();
    const int trained = base.hparams().n_ctx_train;
    const std::string sum = name + " has " + std::to_string(prompt.tokens.size()) + " tokens and may be continued by " + std::to_string(max_tokens) + ": ";
    if (needed > trained) {
        fail_input(sum + "the model's context holds " + std::to_string(trained) + ". Shorten the prompt or lower maxTokens.");
    }
    if (needed > cells) {
        fail_input(sum + "the rollouts' cache holds " + std::to_string(cells) + ". Raise contextTokens, shorten the prompt or lower maxTokens.");
    }
    if (int(prompt.lane) >= n_lanes) {
        fail_input(name + " asks for lane " + std::to_string(prompt.lane) + " of " + std::to_string(n_lanes) + ".");
    }
}

void rollout_engine::impl::check(const sample_request & request) const {
    if (current != nullptr && !lanes_set) {
        fail_internal("sample needs set_lanes after set_adapter.");
    }
    if (request.sample_count < 1 || request.max_tokens < 1) {
        fail_input("sampleCount and maxTokens must be at least 1.");
    }
    if (!std::isfinite(request.temperature) || request.temperature < 0) {
        fail_input("The temperature must be 0 (greedy) or a positive number.");
    }
    if (!(request.top_p > 0 && request.top_p <= 1) || request.top_k < 0) {
        fail_input("topP must lie in (0, 1] and topK must not be negative.");
    }
    for (const std::string & text : request.stop) {
        if (text.empty()) {
            fail_input("A stop string is empty: remove it or give it text.");
        }
    }
    if (!request.stop.empty() && !base.has_tokenizer()) {
        fail_input("Stop strings need text, and " + base.options().path + " has no tokenizer: remove them.");
    }
    for (size_t i = 0; i < request.prompts.size(); i++) {
        check_prompt(request.prompts[i], i, request.max_tokens);
    }
}

sample_result rollout_engine::sample(const sample_request & request) {
    impl_->check(request);
    const auto started = std::chrono::steady_clock::now();
    const size_t n_prompts = request.prompts.size();
    const size_t n_workers = impl_->workers.size();
    impl_->reporter.begin("sample", (long long) n_prompts * request.sample_count);

    sample_result result;
    result.completions.assign(n_prompts, std::vector<completion>(size_t(request.sample_count)));

    // By index, not by who is free: a prompt's batch mates, and with them its rounding, depend on the request alone.
    std::atomic<bool> stop{false};
    std::vector<std::exception_ptr> failures(n_workers);
    const auto work = [&](size_t worker) {
        std::vector<size_t> prompts;
        for (size_t i = worker; i < n_prompts; i += n_workers) {
            prompts.push_back(i);
        }
        try {
            impl_->workers[worker]->run(request, prompts, impl_->n_lanes, stop, result);
        } catch (...) {
            // Only the first failure counts; the others follow from it.
            if (!stop.exchange(true)) {
                failures[worker] = std::current_exception();
            }
        }
    };
    std::vector<std::thread> threads;
    for (size_t worker = 1; worker < n_workers; worker++) {
        threads.emplace_back(work, worker);
    }
    work(0);
    for (std::thread & thread : threads) {
        thread.join();
    }
    for (const std::exception_ptr & failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

    for (const auto & worker : impl_->workers) {
        const sample_statistics & part = worker->statistics();
        result.statistics.decoded_tokens += part.decoded_tokens;
        result.statistics.prefilled_tokens += part.prefilled_tokens;
        result.statistics.preemptions += part.preemptions;
        result.statistics.decode_calls += part.decode_calls;
        result.statistics.prefill_ms = std::max(result.statistics.prefill_ms, part.prefill_ms);
    }
    result.statistics.duration_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return result;
}

} // namespace tinylora
