// Throughput of the training pass without Node: forward, forward + backward, shared prefix against separate sequences.
//
//   training-pass MODEL.gguf [threads] [workers] [groups] [prefix] [suffixes] [suffix length] [exact]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tinylora/gradient.h"
#include "tinylora/philox.h"

using namespace tinylora;

namespace {

double seconds_of(trainer & t, const std::vector<sequence_group> & groups, bool backward) {
    pass_options options;
    options.backward = backward;
    double best = 1e300;
    for (int repeat = 0; repeat < 3; ++repeat) {
        t.zero_gradient();
        const auto start = std::chrono::steady_clock::now();
        t.pass(groups, options);
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

std::vector<int32_t> tokens(int n_vocab, uint32_t id, int count) {
    std::vector<int32_t> out;
    for (int i = 0; i < count; ++i) {
        out.push_back((int32_t) (sample_uniform(1, 0, 0, id, 0, (uint32_t) i) * n_vocab));
    }
    return out;
}

}  // namespace

int main(int argc, char ** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: training-pass MODEL.gguf [threads] [workers] [groups] [prefix] [suffixes] [suffix length] [exact]\n");
        return 2;
    }
    auto argument = [&](int i, int fallback) { return argc > i ? std::atoi(argv[i]) : fallback; };
    const int threads = argument(2, 2), workers = argument(3, 2), n_groups = argument(4, 16), n_prefix = argument(5, 51);
    const int n_suffixes = argument(6, 8), n_suffix = argument(7, 25);
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    progress p;
    model_options file;
    file.path = argv[1];
    file.hash = "bench";
    file.backend_dir = TINYLORA_BACKEND_DIR;
    const auto m = model::load(file);
    trainer_options options;
    options.exact = argc > 8;
    options.threads = threads;
    options.workers = workers;
    trainer t(*m, options, p);
    const auto bases_dir = (std::filesystem::temp_directory_path() / "tinylora-bench").string();
    tinylora_spec spec;
    const auto a = make_tinylora(*m, spec, bases_dir, threads, p);
    std::filesystem::remove_all(bases_dir);
    t.set_adapter(a.get());
    t.set_params(std::vector<float>(a->n_params(), 0.01f));

    std::vector<sequence_group> groups, separate;
    uint32_t id = 0;
    for (int g = 0; g < n_groups; ++g) {
        sequence_group group;
        group.prefix = tokens(m->hparams().n_vocab, id++, n_prefix);
        for (int s = 0; s < n_suffixes; ++s) {
            group.suffixes.push_back(tokens(m->hparams().n_vocab, id++, n_suffix));
            group.suffix_weights.emplace_back(n_suffix, 0.01f);
            sequence_group one = group;
            one.suffixes = {group.suffixes.back()};
            one.suffix_weights = {group.suffix_weights.back()};
            separate.push_back(one);
        }
        groups.push_back(group);
    }
    const double useful = (double) n_groups * (n_prefix + n_suffixes * n_suffix);
    const double forward = seconds_of(t, groups, false), both = seconds_of(t, groups, true), unshared = seconds_of(t, separate, true);
    std::printf("{\"tokens\": %.0f, \"forwardTokensPerSecond\": %.0f, \"forwardBackwardTokensPerSecond\": %.0f, "
                "\"sharedSeconds\": %.4f, \"separateSeconds\": %.4f}\n",
                useful, useful / forward, useful / both, both, unshared);
    return 0;
}
