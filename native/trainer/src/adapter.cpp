// The adapters: TinyLoRA (paper eq. 3), LoRA-XS (eq. 2), given factors, LoRA (eq. 1), full fine-tuning.
#include "tinylora/adapter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tinylora/bases.h"
#include "tinylora/philox.h"

namespace tinylora {

namespace {

constexpr double k_near_tie_ratio = 1.01;

std::vector<size_t> targeted_modules(const model & m, const std::vector<module_type> & targets) {
    std::vector<size_t> out;
    for (size_t i = 0; i < m.modules().size(); ++i) {
        if (targets.empty() || std::find(targets.begin(), targets.end(), m.modules()[i].type) != targets.end()) {
            out.push_back(i);
        }
    }
    if (out.empty()) {
        fail_input("The adapter has no trainable number: no module of the model is targeted. Name at least one module type.");
    }
    return out;
}

void check_rank(const model & m, const std::vector<size_t> & targeted, int rank) {
    if (rank < 1) {
        fail_input("rank must be at least 1, but is " + std::to_string(rank) + ".");
    }
    for (size_t i : targeted) {
        const auto & module = m.modules()[i];
        const int64_t limit = std::min(module.n_in, module.n_out);
        if (rank > limit) {
            fail_input("rank " + std::to_string(rank) + " is larger than the layer " + module.name + " allows (" +
                       std::to_string(limit) + "). Choose a rank of at most " + std::to_string(limit) + ".");
        }
    }
}

// Shared by every adapter whose core R is a linear function of θ: R_m = Σ_i θ[offset_m + i] · P_m,i.
class factored_adapter : public adapter {
public:
    const char * kind() const override { return kind_; }
    adapter_form form() const override { return adapter_form::factored; }
    int rank() const override { return rank_; }
    size_t n_params() const override { return (size_t) u_ * group_count_; }
    std::vector<float> initial_params() const override { return std::vector<float>(n_params(), 0.0f); }

    std::vector<parameter_run> parameter_runs() const override {
        std::vector<parameter_run> runs;
        for (int g = 0; g < group_count_; ++g) {
            runs.push_back({"v." + std::to_string(g), (size_t) g * u_, {u_}});
        }
        return runs;
    }

    void core(size_t index, const float * params, float * core_r_r) const override {
        const float * v = params + (size_t) modules_[index].group * u_;
        const size_t n = (size_t) rank_ * rank_;
        // Paper eq. 3: R = Σ_i v_i P_i
        for (size_t jk = 0; jk < n; ++jk) {
            double sum = 0;
            for (int i = 0; i < u_; ++i) {
                sum += (double) v[i] * p_[index][i * n + jk];
            }
            core_r_r[jk] = (float) sum;
        }
    }

    void accumulate_core_gradient(size_t index, const double * d_core_r_r, double * grad) const override {
        const size_t n = (size_t) rank_ * rank_;
        double * g = grad + (size_t) modules_[index].group * u_;
        for (int i = 0; i < u_; ++i) {
            for (size_t jk = 0; jk < n; ++jk) {
                g[i] += (double) p_[index][i * n + jk] * d_core_r_r[jk];
            }
        }
    }

    void load_params(const float *) override {}
    size_t a_offset(size_t) const override { return 0; }
    size_t b_offset(size_t) const override { return 0; }
    float scale() const override { return 1.0f; }
    std::vector<float> projection(size_t index) const override { return p_[index]; }

    const char * kind_ = "factored";
    int rank_ = 0, u_ = 0, group_count_ = 0;
    std::vector<std::vector<float>> p_;  // [module][u, rank, rank]

    void take_bases(const model & m, const std::vector<size_t> & targeted, const std::string & bases_dir, int threads, progress & p) {
        std::vector<module_basis> bases = load_bases(m, rank_, bases_dir, threads, p);
        bases_fingerprint_ = tinylora::bases_fingerprint(bases);
        for (size_t i : targeted) {
            const module_basis & b = bases[i];
            for (int k = 0; k < rank_; ++k) {
                const double ratio = b.sigma[k + 1] > 0 ? (double) b.sigma[k] / b.sigma[k + 1] : std::numeric_limits<double>::infinity();
                if (ratio < k_near_tie_ratio) {
                    near_ties_.push_back({m.modules()[i].name, k + 1, ratio});
                }
            }
            modules_.push_back({i, 0, b.v_t, b.u_s});
        }
    }

    void add_module(module_factors factors) { modules_.push_back(std::move(factors)); }
    void set_group(size_t index, int group) { modules_[index].group = group; }
};

// Paper decision 2: P entries N(0, 1/r), independent for every module; decision 7: zero outside the trainable block.
std::vector<float> tinylora_projection(const tinylora_spec & spec, const std::string & module_name) {
    const int r = spec.rank, block = spec.trainable_rank > 0 ? spec.trainable_rank : r;
    const std::vector<double> normals = projection_normals(spec.projection_seed, module_name, (size_t) spec.u * r * r);
    std::vector<float> p(normals.size(), 0.0f);
    for (int i = 0; i < spec.u; ++i) {
        double squared = 0;
        for (int j = 0; j < block; ++j) {
            for (int k = 0; k < block; ++k) {
                const double value = normals[((size_t) i * r + j) * r + k];
                squared += value * value;
            }
        }
        const double scale = spec.unit_norm_projection ? 1.0 / std::sqrt(squared) : 1.0 / std::sqrt((double) r);
        for (int j = 0; j < block; ++j) {
            for (int k = 0; k < block; ++k) {
                const size_t at = ((size_t) i * r + j) * r + k;
                p[at] = (float) (normals[at] * scale);
            }
        }
    }
    return p;
}

class lora_adapter : public adapter {
public:
    lora_adapter(const model & m, const lora_spec & spec) : spec_(spec) {
        const std::vector<size_t> targeted = targeted_modules(m, spec.targets);
        check_rank(m, targeted, spec.rank);
        for (size_t i : targeted) {
            const auto & module = m.modules()[i];
            a_offsets_.push_back(n_params_);
            n_params_ += (size_t) spec.rank * module.n_in;
            b_offsets_.push_back(n_params_);
            n_params_ += (size_t) spec.rank * module.n_out;
            names_.push_back(module.name);
            modules_.push_back({i, (int) modules_.size(), std::vector<float>((size_t) spec.rank * module.n_in),
                                std::vector<float>((size_t) spec.rank * module.n_out)});
        }
    }

    const char * kind() const override { return "lora"; }
    adapter_form form() const override { return adapter_form::low_rank; }
    int rank() const override { return spec_.rank; }
    size_t n_params() const override { return n_params_; }

    std::vector<parameter_run> parameter_runs() const override {
        std::vector<parameter_run> runs;
        for (size_t i = 0; i < modules_.size(); ++i) {
            runs.push_back({names_[i] + ".lora_A", a_offsets_[i], {spec_.rank, (int64_t) modules_[i].a.size() / spec_.rank}});
            runs.push_back({names_[i] + ".lora_B", b_offsets_[i], {(int64_t) modules_[i].b.size() / spec_.rank, spec_.rank}});
        }
        return runs;
    }

    // As PEFT's default: A uniform in ±1/√in (Kaiming with a = √5), B zero.
    std::vector<float> initial_params() const override {
        std::vector<float> params(n_params_, 0.0f);
        for (size_t i = 0; i < modules_.size(); ++i) {
            const double bound = 1.0 / std::sqrt((double) (modules_[i].a.size() / spec_.rank));
            for (size_t k = 0; k < modules_[i].a.size(); ++k) {
                const double uniform = sample_uniform(spec_.seed, 0, 0, (uint32_t) i, 0, (uint32_t) k);
                params[a_offsets_[i] + k] = (float) ((2 * uniform - 1) * bound);
            }
        }
        return params;
    }

    void core(size_t, const float *, float * core_r_r) const override {
        std::fill(core_r_r, core_r_r + (size_t) spec_.rank * spec_.rank, 0.0f);
        for (int k = 0; k < spec_.rank; ++k) {
            core_r_r[(size_t) k * spec_.rank + k] = scale();
        }
    }
    void accumulate_core_gradient(size_t, const double *, double *) const override {}

    void load_params(const float * params) override {
        for (size_t i = 0; i < modules_.size(); ++i) {
            std::copy_n(params + a_offsets_[i], modules_[i].a.size(), modules_[i].a.begin());
            std::copy_n(params + b_offsets_[i], modules_[i].b.size(), modules_[i].b.begin());
        }
    }
    size_t a_offset(size_t index) const override { return a_offsets_[index]; }
    size_t b_offset(size_t index) const override { return b_offsets_[index]; }
    float scale() const override { return spec_.alpha / (float) spec_.rank; }
    std::vector<float> projection(size_t) const override { return {}; }

private:
    lora_spec spec_;
    size_t n_params_ = 0;
    std::vector<size_t> a_offsets_, b_offsets_;
    std::vector<std::string> names_;
};

class full_adapter : public adapter {
public:
    explicit full_adapter(const model & m) : model_(m) {
        for (const auto & [name, t] : m.tensors()) {
            if (name.find("rope_freqs") != std::string::npos) {
                continue;  // a constant of the architecture, not a weight
            }
            if (t->type != GGML_TYPE_F32) {
                fail_input("Full fine-tuning needs F32 weights, but tensor " + name + " of " + m.options().path + " is " +
                           ggml_type_name(t->type) + ". Convert the model to F32, or choose an adapter.");
            }
            parameter_run run{name, n_params_, {}};
            for (int d = ggml_n_dims(t) - 1; d >= 0; --d) {
                run.shape.push_back(t->ne[d]);
            }
            n_params_ += (size_t) ggml_nelements(t);
            runs_.push_back(run);
        }
        check_memory();
    }

    const char * kind() const override { return "full"; }
    adapter_form form() const override { return adapter_form::dense; }
    int rank() const override { return 0; }
    size_t n_params() const override { return n_params_; }
    std::vector<parameter_run> parameter_runs() const override { return runs_; }

    std::vector<float> initial_params() const override {
        std::vector<float> params;
        params.reserve(n_params_);
        for (const auto & run : runs_) {
            const std::vector<float> values = dequantise(model_.tensor(run.name));
            params.insert(params.end(), values.begin(), values.end());
        }
        return params;
    }

    void core(size_t, const float *, float *) const override {}
    void accumulate_core_gradient(size_t, const double *, double *) const override {}
    void load_params(const float *) override {}
    size_t a_offset(size_t) const override { return 0; }
    size_t b_offset(size_t) const override { return 0; }
    float scale() const override { return 1.0f; }
    std::vector<float> projection(size_t) const override { return {}; }

private:
    // Per number: gradient on the device and in double, the parameters twice, AdamW's two moments.
    void check_memory() const {
        constexpr size_t bytes_per_number = 4 + 8 + 2 * 4 + 2 * 4;
        size_t free_bytes = 0, total_bytes = 0;
        ggml_backend_dev_memory(model_.device(), &free_bytes, &total_bytes);
        const size_t needed_bytes = n_params_ * bytes_per_number;
        if (needed_bytes > free_bytes) {
            fail_input("Full fine-tuning of " + std::to_string(n_params_) + " numbers needs " + std::to_string(needed_bytes >> 20) +
                       " MiB, but " + std::to_string(free_bytes >> 20) + " MiB are free. Choose an adapter or a smaller model.");
        }
    }

    const model & model_;
    size_t n_params_ = 0;
    std::vector<parameter_run> runs_;
};

}  // namespace

std::vector<int> tie_groups(tying tie, int n_tie, const std::vector<module_type> & types, const std::vector<int> & layers) {
    const int n = (int) types.size();
    std::vector<int> groups(n, 0);
    if (tie == tying::all) {
        return groups;
    }
    if (n_tie < 1) {
        fail_input("n_tie must be at least 1, but is " + std::to_string(n_tie) + ".");
    }
    const int count = (n + n_tie - 1) / n_tie;
    std::map<std::pair<int, int>, int> structured;
    for (int i = 0; i < n; ++i) {
        switch (tie) {
            case tying::tiled: groups[i] = i / n_tie; break;  // paper decision 4
            case tying::balanced: groups[i] = (int) ((int64_t) i * count / n); break;
            case tying::structured: {  // nearby layers' modules of one type; numbered by first appearance in execution order
                const auto key = std::make_pair(layers[i] / n_tie, (int) types[i]);
                groups[i] = structured.emplace(key, (int) structured.size()).first->second;
                break;
            }
            case tying::all: break;
        }
    }
    return groups;
}

std::unique_ptr<adapter> make_tinylora(const model & m, const tinylora_spec & spec, const std::string & bases_dir, int threads, progress & p) {
    const std::vector<size_t> targeted = targeted_modules(m, spec.targets);
    check_rank(m, targeted, spec.rank);
    if (spec.u < 1) {
        fail_input("u must be at least 1, but is " + std::to_string(spec.u) + ": the adapter would have no trainable number.");
    }
    if (spec.trainable_rank < 0 || spec.trainable_rank > spec.rank) {
        fail_input("trainableRank must lie between 0 and the rank " + std::to_string(spec.rank) + ", but is " +
                   std::to_string(spec.trainable_rank) + ".");
    }
    std::vector<module_type> types;
    std::vector<int> layers;
    for (size_t i : targeted) {
        types.push_back(m.modules()[i].type);
        layers.push_back(m.modules()[i].layer);
    }
    const std::vector<int> groups = tie_groups(spec.tie, spec.n_tie, types, layers);

    auto a = std::make_unique<factored_adapter>();
    a->kind_ = "tinylora";
    a->rank_ = spec.rank;
    a->u_ = spec.u;
    a->group_count_ = 1 + *std::max_element(groups.begin(), groups.end());
    a->take_bases(m, targeted, bases_dir, threads, p);
    for (size_t k = 0; k < targeted.size(); ++k) {
        a->set_group(k, groups[k]);
        a->p_.push_back(tinylora_projection(spec, m.modules()[targeted[k]].name));
    }
    return a;
}

std::unique_ptr<adapter> make_lora_xs(const model & m, const lora_xs_spec & spec, const std::string & bases_dir, int threads, progress & p) {
    const std::vector<size_t> targeted = targeted_modules(m, spec.targets);
    check_rank(m, targeted, spec.rank);
    auto a = std::make_unique<factored_adapter>();
    a->kind_ = "lora-xs";
    a->rank_ = spec.rank;
    a->u_ = spec.rank * spec.rank;
    a->group_count_ = (int) targeted.size();
    a->take_bases(m, targeted, bases_dir, threads, p);
    // Paper eq. 2 as a TinyLoRA whose P_{jr+k} has its only 1 at (j, k): θ is R itself, row-major.
    std::vector<float> unit((size_t) a->u_ * a->u_, 0.0f);
    for (int i = 0; i < a->u_; ++i) {
        unit[(size_t) i * a->u_ + i] = 1.0f;
    }
    for (size_t k = 0; k < targeted.size(); ++k) {
        a->set_group(k, (int) k);
        a->p_.push_back(unit);
    }
    return a;
}

std::unique_ptr<adapter> make_lora(const model & m, const lora_spec & spec) { return std::make_unique<lora_adapter>(m, spec); }

std::unique_ptr<adapter> make_factored(const model & m, const factored_spec & spec) {
    if (spec.rank < 1 || spec.u < 1 || spec.group_count < 1 || spec.modules.empty()) {
        fail_input("The adapter has no trainable number (rank, u, groups and modules must all be at least 1).");
    }
    auto a = std::make_unique<factored_adapter>();
    a->rank_ = spec.rank;
    a->u_ = spec.u;
    a->group_count_ = spec.group_count;
    // Execution order, whatever order the file has.
    for (size_t i = 0; i < m.modules().size(); ++i) {
        const auto & module = m.modules()[i];
        for (const auto & given : spec.modules) {
            if (given.name != module.name) {
                continue;
            }
            if ((int64_t) given.a.size() != spec.rank * module.n_in || (int64_t) given.b.size() != spec.rank * module.n_out ||
                given.p.size() != (size_t) spec.u * spec.rank * spec.rank) {
                fail_input("The adapter's factors of " + given.name + " do not fit the model's layer (" + std::to_string(module.n_out) +
                           " x " + std::to_string(module.n_in) + "). The adapter belongs to another model.");
            }
            if (given.group < 0 || given.group >= spec.group_count) {
                fail_input("The adapter puts " + given.name + " in group " + std::to_string(given.group) + ", but has " +
                           std::to_string(spec.group_count) + " groups.");
            }
            a->add_module({i, given.group, given.a, given.b});
            a->p_.push_back(given.p);
        }
    }
    if (a->modules().size() != spec.modules.size()) {
        fail_input("The adapter names modules that the model does not have. It belongs to another model.");
    }
    return a;
}

std::unique_ptr<adapter> make_full(const model & m) { return std::make_unique<full_adapter>(m); }

}  // namespace tinylora
