// The trainer: divides a pass among its workers and adds up their gradients in a fixed order.
#include "tinylora/gradient.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include "exact-products.h"
#include "gradient-worker.h"
#include "packing.h"
#include "tinylora/error.h"
#include "training-weights.h"

namespace tinylora {

namespace {

constexpr int k_default_micro_batch_tokens_cpu = 1024;
// Largest first: the first whose activations can all be kept saves a second forward; if none can, the first that fits.
// Small ones lie closer together: a group's prompt and completions are a large part of them.
constexpr int k_micro_batch_tokens_gpu[] = {16384, 8192, 4096, 3584, 3072, 2560, 2048, 1536, 1024, 512};
// What our kernels compute again (gate and up) is less than a third of a pass. Below this size twice the tokens save more: a
// prompt is computed once a micro-batch, weights are brought once a micro-batch, and small products do not fill the device.
constexpr int k_least_tokens_for_keeping = 4096;
// Of what the weights leave of a GPU's memory, for the activations of one micro-batch.
constexpr double k_activations_share = 0.2;

bool abort_requested(void * data) { return ((progress *) data)->cancel_requested.load(std::memory_order_relaxed); }

ggml_backend_ptr make_backend(ggml_backend_dev_t device, int threads, progress & p) {
    ggml_backend_ptr backend(ggml_backend_dev_init(device, nullptr));
    if (!backend) {
        fail_internal(std::string("The backend ") + ggml_backend_dev_name(device) + " could not be initialised.");
    }
    ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(device);
    if (auto set_threads = (ggml_backend_set_n_threads_t) ggml_backend_reg_get_proc_address(reg, "ggml_backend_set_n_threads")) {
        set_threads(backend.get(), threads);
    }
    if (auto set_abort = (ggml_backend_set_abort_callback_t) ggml_backend_reg_get_proc_address(reg, "ggml_backend_set_abort_callback")) {
        set_abort(backend.get(), abort_requested, &p);
    }
    return backend;
}

void check_size(bool ok, const char * what, size_t group) {
    if (!ok) {
        fail_input("Group " + std::to_string(group) + ": " + what + " does not fit its sequences.");
    }
}

void check_group(const sequence_group & g, const pass_options & options, size_t index, int n_ctx_train) {
    if (g.prefix.empty()) {
        fail_input("Group " + std::to_string(index) + " has an empty prefix; at least one token is needed to predict from.");
    }
    check_size(g.prefix_weights.empty() || g.prefix_weights.size() == g.prefix.size(), "prefixWeights", index);
    auto check_lists = [&](const std::vector<std::vector<float>> & lists, bool required, const char * what) {
        check_size(lists.size() == g.suffixes.size() || (lists.empty() && !required), what, index);
        for (size_t s = 0; s < lists.size(); ++s) {
            check_size(lists[s].size() == g.suffixes[s].size(), what, index);
        }
    };
    check_lists(g.suffix_weights, false, "suffixWeights");
    if (options.grpo) {
        check_size(g.advantages.size() == g.suffixes.size(), "advantages", index);
        check_size(g.token_scales.size() == g.suffixes.size(), "tokenScales", index);
        check_lists(g.rollout_logprobs, true, "rolloutLogprobs");
        check_lists(g.old_logprobs, false, "oldLogprobs");
        check_lists(g.reference_logprobs, options.objective.kl_coefficient > 0, "referenceLogprobs");
    }
    size_t longest = 0;
    for (const auto & suffix : g.suffixes) {
        longest = std::max(longest, suffix.size());
    }
    if (g.prefix.size() + longest > (size_t) n_ctx_train) {
        fail_input("A sequence of " + std::to_string(g.prefix.size() + longest) + " tokens is longer than the model's context of " +
                   std::to_string(n_ctx_train) + ". Shorten the prompt or the completion limit.");
    }
}

group_result blank_result(const sequence_group & g, bool grpo) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    group_result r;
    if (g.score_prefix) {
        r.prefix_logprobs.assign(g.prefix.size(), nan);
        r.prefix_entropy.assign(g.prefix.size(), nan);
    }
    for (const auto & suffix : g.suffixes) {
        r.suffix_logprobs.emplace_back(suffix.size(), nan);
        r.suffix_entropy.emplace_back(suffix.size(), nan);
        if (grpo) {
            r.importance_weights.emplace_back(suffix.size(), 0.0f);
            r.ratios.emplace_back(suffix.size(), 0.0f);
            r.k3.emplace_back(suffix.size(), 0.0f);
            r.loss_gradients.emplace_back(suffix.size(), 0.0f);
            r.clipped.emplace_back(suffix.size(), (uint8_t) 0);
        }
    }
    return r;
}

// Longest first to the least loaded worker: balanced, and the same for the same micro-batches.
std::vector<std::vector<int>> divide(const std::vector<micro_batch> & batches, int n_workers) {
    std::vector<int> order(batches.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return batches[a].n_tokens > batches[b].n_tokens; });
    std::vector<std::vector<int>> shares(n_workers);
    std::vector<long long> load(n_workers, 0);
    for (int i : order) {
        const int w = (int) (std::min_element(load.begin(), load.end()) - load.begin());
        shares[w].push_back(i);
        load[w] += batches[i].n_tokens;
    }
    return shares;
}

}  // namespace

struct trainer::impl {
    const model & m;
    trainer_options options;
    progress & prog;
    std::vector<ggml_backend_ptr> backends;
    std::unique_ptr<training_weights> weights;
    std::vector<std::unique_ptr<gradient_worker>> workers;
    adapter * current = nullptr;
    bool weights_for_dense = false;
    layer_reader weights_reader = layer_reader::graphs;
    mutable std::vector<double> gradient;
    std::vector<double> core_gradient;  // factored, summed over the micro-batches since zero_gradient

    void use_weights(bool is_dense, layer_reader reader) {
        if (!weights || weights_for_dense != is_dense || weights_reader != reader) {
            weights.reset();
            weights = std::make_unique<training_weights>(m, backends[0].get(), options.exact, !is_dense, reader);
            weights_for_dense = is_dense;
            weights_reader = reader;
        }
        weights->set_adapter(current);
        for (auto & w : workers) {
            w->set_weights(weights.get(), current);
        }
    }

    std::vector<micro_batch> micro_batches(const std::vector<sequence_group> & groups, const pass_options & pass) const {
        if (pass.micro_batch_tokens > 0 || !m.options().gpu) {
            return make_micro_batches(groups, pass.micro_batch_tokens > 0 ? pass.micro_batch_tokens : k_default_micro_batch_tokens_cpu);
        }
        const gradient_worker & worker = *workers[0];
        const int least_for_keeping = worker.has_device_pass() ? k_least_tokens_for_keeping : 0;
        for (bool (gradient_worker::*room)(const micro_batch &) const : {&gradient_worker::keeps_activations, &gradient_worker::fits}) {
            const int least = room == &gradient_worker::keeps_activations ? least_for_keeping : 0;
            for (const int budget : k_micro_batch_tokens_gpu) {
                std::vector<micro_batch> batches = make_micro_batches(groups, budget);
                const bool all_have = std::all_of(batches.begin(), batches.end(), [&](const micro_batch & b) { return (worker.*room)(b); });
                if (!pass.backward || (budget >= least && all_have)) {
                    return batches;
                }
            }
        }
        return make_micro_batches(groups, std::end(k_micro_batch_tokens_gpu)[-1]);
    }

    std::vector<micro_batch_result> run(const std::vector<micro_batch> & batches, const std::vector<sequence_group> & groups,
                                        const pass_options & pass, std::vector<group_result> & results) {
        std::vector<micro_batch_result> out(batches.size());
        const auto shares = divide(batches, (int) workers.size());
        std::exception_ptr failure;
        std::mutex failure_mutex;
        auto work = [&](size_t w) {
            try {
                for (int i : shares[w]) {
                    out[i] = workers[w]->run(batches[i], groups, pass, results);
                }
            } catch (...) {
                std::lock_guard<std::mutex> lock(failure_mutex);
                failure = std::current_exception();
            }
        };
        std::vector<std::thread> threads;
        for (size_t w = 1; w < workers.size(); ++w) {
            threads.emplace_back(work, w);
        }
        work(0);
        for (auto & t : threads) {
            t.join();
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
        return out;
    }
};

trainer::trainer(const model & m, const trainer_options & options, progress & p) : impl_(new impl{m, options, p, {}, {}, {}, nullptr, false, layer_reader::graphs, {}, {}}) {
    const int n_workers = m.options().gpu ? 1 : std::max(1, options.workers);
    size_t free_bytes = 0, total_bytes = 0;
    if (m.options().gpu) {
        ggml_backend_dev_memory(m.device(), &free_bytes, &total_bytes);
        impl_->options.activation_limit_bytes = (size_t) (k_activations_share * (double) (total_bytes - std::min(total_bytes, m.weight_bytes())));
    }
    for (int w = 0; w < n_workers; ++w) {
        const auto make = [&] { return make_backend(m.device(), std::max(1, options.threads / n_workers), p); };
        impl_->backends.push_back(m.options().gpu && options.exact ? exact_backend(make) : make());
        impl_->workers.push_back(std::make_unique<gradient_worker>(m, impl_->backends.back().get(), impl_->options, p));
    }
    set_adapter(nullptr);
}

trainer::~trainer() = default;

void trainer::set_adapter(adapter * a) {
    const bool is_dense = a != nullptr && a->form() == adapter_form::dense;
    impl_->current = a;
    const bool wants_kernels = !impl_->options.kernel_library.empty();
    impl_->use_weights(is_dense, wants_kernels ? layer_reader::kernels : layer_reader::graphs);
    if (wants_kernels && !impl_->workers[0]->has_device_pass()) {
        impl_->use_weights(is_dense, layer_reader::graphs);
    }
    zero_gradient();
    if (a != nullptr && !is_dense) {
        set_params(a->initial_params());
    }
}

void trainer::set_params(const std::vector<float> & params) {
    adapter * a = impl_->current;
    if (a == nullptr) {
        fail_internal("set_params without an adapter.");
    }
    if (params.size() != a->n_params()) {
        fail_input("The adapter has " + std::to_string(a->n_params()) + " numbers, but " + std::to_string(params.size()) + " were given.");
    }
    if (a->form() == adapter_form::dense) {
        for (const auto & run : a->parameter_runs()) {
            for (ggml_tensor * t : impl_->m.instances(run.name)) {
                ggml_backend_tensor_set(t, params.data() + run.offset, 0, ggml_nbytes(t));
            }
        }
        return;
    }
    a->load_params(params.data());
    impl_->weights->set_params(params.data());
    for (auto & w : impl_->workers) {
        w->set_params(params.data());
    }
}

pass_result trainer::pass(const std::vector<sequence_group> & groups, const pass_options & options) {
    pass_result result;
    for (size_t i = 0; i < groups.size(); ++i) {
        check_group(groups[i], options, i, impl_->m.hparams().n_ctx_train);
        result.groups.push_back(blank_result(groups[i], options.grpo));
    }
    const std::vector<micro_batch> batches = impl_->micro_batches(groups, options);
    for (const auto & b : batches) {
        result.tokens_computed += b.n_tokens;
    }
    impl_->prog.begin(options.backward ? "backward" : "score", result.tokens_computed);
    const auto outcomes = impl_->run(batches, groups, options, result.groups);
    for (const auto & outcome : outcomes) {
        result.loss += outcome.loss;
        for (size_t k = 0; k < outcome.core_gradient.size(); ++k) {
            impl_->core_gradient[k] += outcome.core_gradient[k];
        }
    }
    return result;
}

void trainer::zero_gradient() {
    const adapter * a = impl_->current;
    impl_->core_gradient.assign(a != nullptr && a->form() == adapter_form::factored ? a->modules().size() * (size_t) a->rank() * a->rank() : 0, 0.0);
    for (auto & w : impl_->workers) {
        w->zero_accumulators();
    }
}

const std::vector<double> & trainer::gradient() const {
    const adapter * a = impl_->current;
    impl_->gradient.assign(a != nullptr ? a->n_params() : 0, 0.0);
    if (a != nullptr && a->form() == adapter_form::factored) {
        const size_t n = (size_t) a->rank() * a->rank();
        for (size_t i = 0; i < a->modules().size(); ++i) {
            a->accumulate_core_gradient(i, impl_->core_gradient.data() + i * n, impl_->gradient.data());
        }
    }
    for (const auto & w : impl_->workers) {
        w->add_accumulators(impl_->gradient);
    }
    return impl_->gradient;
}

}  // namespace tinylora
