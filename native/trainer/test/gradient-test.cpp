// The training pass against llama_decode, finite differences, and itself under other packings and memory limits.
#include "tinylora/gradient.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "check.h"
#include "tinylora/adapter.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

std::vector<int32_t> random_tokens(const model & m, uint32_t id, int count) {
    std::vector<int32_t> out;
    for (int i = 0; i < count; ++i) {
        out.push_back((int32_t) (sample_uniform(7, 0, 0, id, 0, i) * m.hparams().n_vocab));
    }
    return out;
}

std::vector<float> random_weights(uint32_t id, size_t count) {
    std::vector<float> out;
    for (size_t i = 0; i < count; ++i) {
        out.push_back((float) (2 * sample_uniform(8, 0, 0, id, 0, (uint32_t) i) - 1));
    }
    return out;
}

// Groups of unequal prefixes and suffixes, one suffix of a single token.
std::vector<sequence_group> example_groups(const model & m) {
    std::vector<sequence_group> groups(3);
    uint32_t id = 0;
    const int prefix_lengths[3] = {5, 11, 8};
    const std::vector<std::vector<int>> suffix_lengths = {{4, 9, 1}, {12, 3, 6}, {7, 7}};
    for (int g = 0; g < 3; ++g) {
        groups[g].prefix = random_tokens(m, id++, prefix_lengths[g]);
        for (int length : suffix_lengths[g]) {
            groups[g].suffixes.push_back(random_tokens(m, id, length));
            groups[g].suffix_weights.push_back(random_weights(id++, length));
        }
    }
    return groups;
}

// The same sequences without sharing.
std::vector<sequence_group> separated(const std::vector<sequence_group> & groups) {
    std::vector<sequence_group> out;
    for (const auto & g : groups) {
        for (size_t s = 0; s < g.suffixes.size(); ++s) {
            sequence_group one;
            one.prefix = g.prefix;
            one.suffixes = {g.suffixes[s]};
            one.suffix_weights = {g.suffix_weights[s]};
            out.push_back(one);
        }
    }
    return out;
}

std::vector<double> gradient_of(trainer & t, const std::vector<sequence_group> & groups, int micro_batch_tokens = 0) {
    pass_options options;
    options.backward = true;
    options.micro_batch_tokens = micro_batch_tokens;
    t.zero_gradient();
    t.pass(groups, options);
    return t.gradient();
}

std::vector<float> random_params(const adapter & a, float scale) {
    std::vector<float> params = a.initial_params();
    for (size_t i = 0; i < params.size(); ++i) {
        params[i] += scale * (float) (2 * sample_uniform(9, 0, 0, 0, 0, (uint32_t) i) - 1);
    }
    return params;
}

// dL along `direction` by central differences, extrapolated by Ridders' method (Advances in Engineering Software 4, 1982):
// Richardson's tableau over shrinking steps, of which the entry that agrees best with its neighbours is taken.
double finite_difference(trainer & t, const std::vector<sequence_group> & groups, const std::vector<float> & params,
                         const std::vector<float> & direction) {
    auto loss_at = [&](double h) {
        std::vector<float> moved = params;
        for (size_t i = 0; i < moved.size(); ++i) {
            moved[i] = (float) (params[i] + h * direction[i]);
        }
        t.set_params(moved);
        return t.pass(groups, pass_options()).loss;
    };
    constexpr int levels = 6;
    const double shrink = 1.6, shrink_squared = shrink * shrink;
    double table[levels][levels], step = 0.2, best = 0, best_error = 1e300;
    for (int i = 0; i < levels; ++i, step /= shrink) {
        table[0][i] = (loss_at(step) - loss_at(-step)) / (2 * step);
        double factor = shrink_squared;
        for (int j = 1; j <= i; ++j, factor *= shrink_squared) {
            table[j][i] = (table[j - 1][i] * factor - table[j - 1][i - 1]) / (factor - 1);
            const double error = std::max(std::fabs(table[j][i] - table[j - 1][i]), std::fabs(table[j][i] - table[j - 1][i - 1]));
            if (error < best_error) {
                best_error = error;
                best = table[j][i];
            }
        }
    }
    t.set_params(params);
    return best;
}

// Stock libllama's log-probs of tokens[1…], F32 cache, no flash attention.
std::vector<float> decode_logprobs(const model & m, const std::vector<int32_t> & tokens) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = 64;
    params.n_threads = params.n_threads_batch = 1;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    llama_context * context = llama_init_from_model(m.handle(), params);
    llama_batch batch = llama_batch_init((int32_t) tokens.size(), 0, 1);
    for (size_t i = 0; i < tokens.size(); ++i) {
        batch.token[i] = tokens[i];
        batch.pos[i] = (llama_pos) i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    batch.n_tokens = (int32_t) tokens.size();
    check(llama_decode(context, batch) == 0, "llama_decode succeeds");
    std::vector<float> out(tokens.size(), 0.0f);
    for (size_t i = 1; i < tokens.size(); ++i) {
        const float * logits = llama_get_logits_ith(context, (int32_t) i - 1);
        double sum = 0;
        for (int v = 0; v < m.hparams().n_vocab; ++v) {
            sum += std::exp((double) logits[v]);
        }
        out[i] = (float) (logits[tokens[i]] - std::log(sum));
    }
    llama_batch_free(batch);
    llama_free(context);
    return out;
}

void check_decode_parity(const model & m, trainer & t) {
    const std::vector<int32_t> tokens = random_tokens(m, 99, 23);
    sequence_group g;
    g.prefix = tokens;
    g.score_prefix = true;
    t.set_adapter(nullptr);
    const auto result = t.pass({g}, pass_options());
    const std::vector<float> expected = decode_logprobs(m, tokens);
    double worst = 0;
    for (size_t i = 1; i < tokens.size(); ++i) {
        worst = std::max(worst, (double) std::fabs(result.groups[0].prefix_logprobs[i] - expected[i]));
    }
    std::printf("  log-probs against llama_decode: %.2e\n", worst);
    check_near(worst, 0, 5e-5, "log-probs equal llama_decode's");
}

void check_adapter(const model & m, trainer & t, adapter & a, float scale) {
    const auto groups = example_groups(m);
    t.set_adapter(&a);
    const std::vector<float> params = random_params(a, scale);
    t.set_params(params);
    const std::vector<double> gradient = gradient_of(t, groups);
    double largest = 0;
    for (double g : gradient) {
        largest = std::max(largest, std::fabs(g));
    }
    double worst = 0;
    const size_t coordinates = std::min<size_t>(params.size(), 24), stride = std::max<size_t>(1, params.size() / coordinates);
    const bool per_coordinate = a.form() == adapter_form::factored;
    for (size_t k = 0; k < (per_coordinate ? coordinates : 4); ++k) {
        std::vector<float> direction(params.size(), 0.0f);
        double expected = 0, norm = 0;
        for (size_t i = 0; i < params.size(); ++i) {
            direction[i] = per_coordinate ? (i == k * stride ? 1.0f : 0.0f) : (float) (2 * sample_uniform(10, 0, 0, (uint32_t) k, 0, (uint32_t) i) - 1);
            norm += direction[i] * direction[i];
        }
        for (size_t i = 0; i < params.size(); ++i) {
            direction[i] /= (float) std::sqrt(norm);
            expected += direction[i] * gradient[i];
        }
        const double measured = finite_difference(t, groups, params, direction);
        worst = std::max(worst, std::fabs(measured - expected) / std::max(std::fabs(expected), 0.01 * largest));
    }
    std::printf("  %-9s %6zu numbers: worst finite-difference error %.2e\n", a.kind(), params.size(), worst);
    // Differences of a float32 loss are this noisy; the golden tests hold the gradient itself to 1e-5.
    check_near(worst, 0, 3e-3, std::string(a.kind()) + ": gradient equals finite differences");

    const double shared = relative_distance(gradient_of(t, separated(groups)), gradient);
    const double small_batches = relative_distance(gradient_of(t, groups, 16), gradient);
    std::printf("  %-9s separate sequences %.2e, small micro-batches %.2e\n", a.kind(), shared, small_batches);
    check_near(shared, 0, 5e-5, std::string(a.kind()) + ": shared prefix equals separate sequences");
    check_near(small_batches, 0, 5e-5, std::string(a.kind()) + ": small micro-batches change nothing");
}

void check_same_gradient(const model & m, trainer & one, trainer & other, adapter & a, const std::vector<float> & params, const char * what) {
    for (trainer * t : {&one, &other}) {
        t->set_adapter(&a);
        t->set_params(params);
    }
    const double distance = relative_distance(gradient_of(one, example_groups(m)), gradient_of(other, example_groups(m)));
    std::printf("  %s: %.2e\n", what, distance);
    check_near(distance, 0, 1e-6, what);
}

void check_model(const std::string & path, const std::string & bases_dir) {
    std::printf("%s\n", path.c_str());
    model_options file;
    file.path = path;
    file.hash = std::to_string(name_hash(path));
    file.backend_dir = TINYLORA_BACKEND_DIR;
    const auto m = model::load(file);
    progress p;
    trainer_options options;
    options.exact = true;
    options.threads = options.workers = 2;
    trainer t(*m, options, p);
    check_decode_parity(*m, t);

    tinylora_spec tiny;
    tiny.n_tie = 3;
    tiny.u = 2;
    const auto tinylora = make_tinylora(*m, tiny, bases_dir, 2, p);
    check_adapter(*m, t, *tinylora, 0.2f);
    const auto xs = make_lora_xs(*m, lora_xs_spec(), bases_dir, 2, p);
    check_adapter(*m, t, *xs, 0.2f);

    const auto lora = make_lora(*m, lora_spec());
    check_adapter(*m, t, *lora, 0.05f);
    const auto full = make_full(*m);
    check_adapter(*m, t, *full, 0.0f);

    // The memory-bounded path gives the same gradient.
    options.activation_limit_bytes = 0;
    trainer bounded(*m, options, p);
    check_same_gradient(*m, bounded, t, *tinylora, random_params(*tinylora, 0.2f), "layers computed again");
    check_same_gradient(*m, bounded, t, *full, full->initial_params(), "layers computed again, the head transposed in parts");
}

}  // namespace

int main() {
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    const auto bases_dir = (std::filesystem::temp_directory_path() / "tinylora-gradient-test").string();
    for (const char * name : {"llama-tied", "llama-rope-scaled", "qwen2-tied", "qwen2-untied", "qwen3"}) {
        check_model(shared_file(std::string("golden/") + name + "/model.gguf"), bases_dir);
    }
    std::filesystem::remove_all(bases_dir);
    return finish();
}
