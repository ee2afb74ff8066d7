// Adapters behind one interface: TinyLoRA, LoRA-XS, given factors, LoRA and full fine-tuning.
// The gradient engine, the rollouts and merging see only this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tinylora/model.h"
#include "tinylora/progress.h"

namespace tinylora {

enum class adapter_form {
    factored,  // ΔW = b · R(θ) · a, with a, b frozen and R [rank, rank] a linear function of θ (TinyLoRA, LoRA-XS, factored)
    low_rank,  // ΔW = scale · b · a, with a and b in θ (LoRA)
    dense,     // θ is every weight of the model itself (full fine-tuning)
};

struct parameter_run {
    std::string name;
    size_t offset;
    std::vector<int64_t> shape;  // row-major
};

struct near_tie {
    std::string module;
    int index;     // σ_index / σ_(index+1), counted from 1
    double ratio;
};

// One adapted module's frozen or current factors on the host.
struct module_factors {
    size_t module;           // index into model::modules()
    int group;               // TinyLoRA's tying group
    std::vector<float> a;    // row-major [rank, in]; TinyLoRA: Vᵀ; LoRA: A
    std::vector<float> b;    // row-major [out, rank]; TinyLoRA: UΣ; LoRA: B
};

class adapter {
public:
    virtual ~adapter() = default;

    virtual const char * kind() const = 0;
    virtual adapter_form form() const = 0;
    virtual int rank() const = 0;  // 0 for dense
    virtual size_t n_params() const = 0;
    virtual std::vector<parameter_run> parameter_runs() const = 0;
    // Initial values: zeros (TinyLoRA, LoRA-XS, factored); A random and B zero (LoRA); the model's weights (full).
    virtual std::vector<float> initial_params() const = 0;

    // factored and low_rank, one entry an adapted module in execution order. For low_rank a and b are refreshed by load_params.
    const std::vector<module_factors> & modules() const { return modules_; }

    // factored: core_R_R of entry `index` at θ, row-major. low_rank: scale · identity.
    virtual void core(size_t index, const float * params, float * core_r_r) const = 0;
    // factored: grad += (∂R/∂θ)ᵀ · dR for entry `index`.
    virtual void accumulate_core_gradient(size_t index, const double * d_core_r_r, double * grad) const = 0;
    // low_rank: copies θ into the factors. factored: nothing to do.
    virtual void load_params(const float * params) = 0;
    // low_rank: offsets of a and b of entry `index` within θ, and the scale alpha / rank.
    virtual size_t a_offset(size_t index) const = 0;
    virtual size_t b_offset(size_t index) const = 0;
    virtual float scale() const = 0;

    const std::vector<near_tie> & near_ties() const { return near_ties_; }
    const std::string & bases_fingerprint() const { return bases_fingerprint_; }

    // TinyLoRA and factored: P of entry `index`, row-major [u, rank, rank]; empty for others.
    virtual std::vector<float> projection(size_t index) const = 0;

protected:
    std::vector<module_factors> modules_;
    std::vector<near_tie> near_ties_;
    std::string bases_fingerprint_;
};

enum class tying { tiled, structured, balanced, all };

struct tinylora_spec {
    int rank = 2;
    int u = 1;
    tying tie = tying::tiled;
    int n_tie = 1;
    uint64_t projection_seed = 42;
    bool unit_norm_projection = false;
    int trainable_rank = 0;             // 0 = rank
    std::vector<module_type> targets;   // empty = all seven
};

struct lora_xs_spec {
    int rank = 2;
    std::vector<module_type> targets;
};

struct lora_spec {
    int rank = 8;
    float alpha = 16;
    uint64_t seed = 0;
    std::vector<module_type> targets;
};

struct factored_module_spec {
    std::string name;  // "blk.0.attn_q"
    int group = 0;
    std::vector<float> a, b, p;  // [rank, in], [out, rank], [u, rank, rank]
};

struct factored_spec {
    int rank = 0, u = 0, group_count = 0;
    std::vector<factored_module_spec> modules;
};

// All throw bad_input for: rank below 1 or larger than the smallest adapted layer, u below 1, n_tie below 1, no trainable number.
std::unique_ptr<adapter> make_tinylora(const model & m, const tinylora_spec & spec, const std::string & bases_dir, int threads, progress & p);
std::unique_ptr<adapter> make_lora_xs(const model & m, const lora_xs_spec & spec, const std::string & bases_dir, int threads, progress & p);
std::unique_ptr<adapter> make_lora(const model & m, const lora_spec & spec);
std::unique_ptr<adapter> make_factored(const model & m, const factored_spec & spec);
// Throws bad_input with the numbers when the model is not F32 or the memory does not suffice.
std::unique_ptr<adapter> make_full(const model & m);

// TinyLoRA's module → group map (paper, decision 4). `types` and `layers` of the targeted modules in execution order.
std::vector<int> tie_groups(tying tie, int n_tie, const std::vector<module_type> & types, const std::vector<int> & layers);

} // namespace tinylora
