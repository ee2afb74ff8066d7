// The kernels of native/kernels, emulated on the CPU, against the same pass as ggml graphs: log-probs and gradients
// over shared prefixes, both weight types, both RoPE layouts, ranks of 2, 4 and 8, LoRA, with and without room for what
// a backward reads; and quantised weights that are brought a layer at a time.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "test-model.h"
#include "tinylora/gradient.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

#ifndef TINYLORA_EMULATED_KERNELS
int main() {
    std::printf("Skipped: the emulation of the kernels is built on Linux only.\n");
    return 77;
}
#else

namespace {

// A suffix and a prefix longer than an attention tile, single tokens, and unequal numbers of suffixes.
std::vector<sequence_group> example_groups(const model & m) {
    const std::vector<int> prefix_lengths = {66, 1, 20};
    const std::vector<std::vector<int>> suffix_lengths = {{5, 1, 9}, {67, 3}, {2}};
    std::vector<sequence_group> groups(prefix_lengths.size());
    uint32_t id = 0;
    auto tokens = [&](int count) {
        std::vector<int32_t> out;
        for (int i = 0; i < count; ++i) {
            out.push_back((int32_t)(sample_uniform(7, 0, 0, id, 0, (uint32_t)i) * m.hparams().n_vocab));
        }
        id++;
        return out;
    };
    for (size_t g = 0; g < groups.size(); ++g) {
        groups[g].prefix = tokens(prefix_lengths[g]);
        groups[g].score_prefix = true;
        for (const int length : suffix_lengths[g]) {
            groups[g].suffixes.push_back(tokens(length));
            groups[g].suffix_weights.emplace_back();
            for (int i = 0; i < length; ++i) {
                groups[g].suffix_weights.back().push_back((float)(2 * sample_uniform(8, 0, 0, id, 0, (uint32_t)i) - 1));
            }
        }
    }
    return groups;
}

struct outcome {
    std::vector<double> logprobs, gradient;
};

outcome outcome_of(const model & m, adapter & a, const std::string & library, size_t limit_bytes, bool adapter_off) {
    progress p;
    trainer_options options;
    options.activation_limit_bytes = limit_bytes;
    options.kernel_library = library;
    trainer t(m, options, p);
    t.set_adapter(&a);
    std::vector<float> params(a.n_params());
    for (size_t i = 0; i < params.size(); ++i) {
        params[i] = 0.3f * (float)(2 * sample_uniform(9, 0, 0, 0, 0, (uint32_t)i) - 1);
    }
    t.set_params(params);
    pass_options pass;
    pass.backward = !adapter_off;
    pass.adapter_off = adapter_off;
    pass.micro_batch_tokens = 256;
    const pass_result result = t.pass(example_groups(m), pass);
    outcome out;
    out.gradient = t.gradient();
    for (const group_result & g : result.groups) {
        out.logprobs.insert(out.logprobs.end(), g.prefix_logprobs.begin() + 1, g.prefix_logprobs.end());
        for (const auto & suffix : g.suffix_logprobs) {
            out.logprobs.insert(out.logprobs.end(), suffix.begin(), suffix.end());
        }
    }
    return out;
}

double largest_difference(const std::vector<double> & a, const std::vector<double> & b) {
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::fabs(a[i] - b[i]));
    }
    return largest;
}

// Bounds follow the number of bits that activations and gradients have there.
struct bounds {
    double logprob, gradient;
};

enum class room { all, least };

void compare(const std::string & name, const model & m, adapter & a, const bounds & b, room r) {
    constexpr size_t plenty = (size_t)1 << 30;
    const size_t limit_bytes = r == room::all ? plenty : 0;
    const outcome expected = outcome_of(m, a, "", plenty, false),
                  found = outcome_of(m, a, TINYLORA_EMULATED_KERNELS, limit_bytes, false);
    const double logprobs = largest_difference(found.logprobs, expected.logprobs),
                 gradient = relative_distance(found.gradient, expected.gradient);
    const std::string what = name + ", " + a.kind() + (r == room::all ? ", all kept" : ", computed again");
    std::printf("  %s: log-probs %.2e, gradient %.2e\n", what.c_str(), logprobs, gradient);
    check_near(logprobs, 0, b.logprob, what + ": log-probs");
    check_near(gradient, 0, b.gradient, what + ": gradient");
}

void compare_without_adapter(const std::string & name, const model & m, adapter & a, const bounds & b) {
    const outcome expected = outcome_of(m, a, "", 0, true),
                  found = outcome_of(m, a, TINYLORA_EMULATED_KERNELS, 0, true);
    check_near(
        largest_difference(found.logprobs, expected.logprobs), 0, b.logprob, name + ": log-probs without the adapter"
    );
}

void check_model(const std::string & name, bool dequantise, const bounds & b) {
    const auto m = load_model("golden/" + name + "/model.gguf", dequantise);
    const auto folder = std::filesystem::temp_directory_path() / "tinylora-kernel-pass-test";
    progress p;
    tinylora_spec tiny;
    tiny.u = 3;
    const auto narrow = make_tinylora(*m, tiny, folder.string(), 1, p);
    tinylora_spec few = tiny;
    few.targets = {module_type::attn_v, module_type::ffn_up};
    const auto partial = make_tinylora(*m, few, folder.string(), 1, p);
    lora_xs_spec xs;
    xs.rank = 4;
    const auto wide = make_lora_xs(*m, xs, folder.string(), 1, p);
    compare(name, *m, *narrow, b, room::all);
    compare(name, *m, *narrow, b, room::least);
    compare(name, *m, *partial, b, room::all);
    compare(name, *m, *wide, b, room::all);
    compare_without_adapter(name, *m, *narrow, b);
    std::filesystem::remove_all(folder);
}

// Factors that are trained themselves.
void check_lora(const std::string & name, const bounds & b) {
    const auto m = load_model("golden/" + name + "/model.gguf");
    lora_spec low;
    low.rank = 4;
    low.alpha = 0.5f;
    const auto lora = make_lora(*m, low);
    compare(name, *m, *lora, b, room::all);
    compare(name, *m, *lora, b, room::least);
    low.rank = 8;
    low.targets = {module_type::attn_k, module_type::attn_output, module_type::ffn_down};
    const auto partial_lora = make_lora(*m, low);
    compare(name, *m, *partial_lora, b, room::least);
}

// Quantised weights brought a layer at a time, against float16 copies of them all, which a larger memory holds. What
// differs is the embedding, which is not rounded to float16. Were the kernels not used, the pass would be the graphs'.
void check_brought(const std::string & name, const bounds & b) {
    const auto brought = load_model("golden/" + name + "/model.gguf"),
               copied = load_model("golden/" + name + "/model.gguf", true);
    const auto folder = std::filesystem::temp_directory_path() / "tinylora-kernel-pass-test";
    progress p;
    const auto of = [&](const model & m, const std::string & library, size_t limit_bytes) {
        const auto a = make_tinylora(m, tinylora_spec(), folder.string(), 1, p);
        return outcome_of(m, *a, library, limit_bytes, false);
    };
    const outcome expected = of(*copied, TINYLORA_EMULATED_KERNELS, 0), graphs = of(*brought, "", 0);
    for (const size_t limit_bytes : {(size_t)1 << 30, (size_t)0}) {
        const outcome found = of(*brought, TINYLORA_EMULATED_KERNELS, limit_bytes);
        const double logprobs = largest_difference(found.logprobs, expected.logprobs),
                     gradient = relative_distance(found.gradient, expected.gradient);
        std::printf("  %s, a layer at a time: log-probs %.2e, gradient %.2e\n", name.c_str(), logprobs, gradient);
        check_near(logprobs, 0, b.logprob, name + ", a layer at a time: log-probs");
        check_near(gradient, 0, b.gradient, name + ", a layer at a time: gradient");
        check(found.gradient != graphs.gradient, name + ", a layer at a time: by the kernels");
    }
    std::filesystem::remove_all(folder);
}

} // namespace

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    check_model("qwen2-f16", false, {2e-2, 1e-2});
    check_model("qwen2-bf16", false, {1e-1, 2e-2});
    check_model("llama-q4_1", true, {2e-2, 1e-2});
    check_brought("llama-q4_k_m", {3e-2, 2e-2});
    check_brought("llama-q8_0", {3e-2, 2e-2});
    check_lora("qwen2-f16", {2e-2, 1e-2});
    return finish();
}

#endif
