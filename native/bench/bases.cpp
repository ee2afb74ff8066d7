// Time and exactness of the bases of a whole model, without the cache.
//
//   bases MODEL.gguf gpu|cpu RANK [THREADS]
//
// Prints one line of JSON. worstResidual is ‖WᵀWv − σ²v‖ / σ₁² of the stored float32 triplets, computed anew in double on
// the CPU (not timed); it cannot be below about 1e-7, the rounding of v.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "tinylora/bases.h"

using namespace tinylora;

namespace {

double residual_of(const linear_module & module, const module_basis & b, int rank) {
    const std::vector<float> w = dequantise(module.weight);
    double worst = 0;
    for (int k = 0; k < rank; k++) {
        const float * v = b.v_t.data() + k * module.n_in;
        std::vector<double> back(module.n_in, 0.0);
        double squared = 0;
        for (int64_t o = 0; o < module.n_out; o++) {
            const float * row = w.data() + o * module.n_in;
            double sums[4] = {0, 0, 0, 0};
            for (int64_t i = 0; i < module.n_in; i++) {
                sums[i % 4] += double(row[i]) * v[i];
            }
            const double u = (sums[0] + sums[1]) + (sums[2] + sums[3]);
            squared += u * u;
            for (int64_t i = 0; i < module.n_in; i++) {
                back[i] += u * row[i];
            }
        }
        double sum = 0;
        for (int64_t i = 0; i < module.n_in; i++) {
            const double difference = back[i] - squared * v[i];
            sum += difference * difference;
        }
        worst = std::max(worst, std::sqrt(sum));
    }
    const double first = b.sigma[0];
    return first > 0 ? worst / (first * first) : 0.0;
}

double worst_residual(const model & m, const std::vector<module_basis> & bases, int rank, int threads) {
    std::atomic<size_t> next{0};
    std::mutex mutex;
    double worst = 0;
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; t++) {
        pool.emplace_back([&] {
            for (size_t i = next++; i < bases.size(); i = next++) {
                const double residual = residual_of(m.modules()[i], bases[i], rank);
                std::lock_guard<std::mutex> lock(mutex);
                worst = std::max(worst, residual);
            }
        });
    }
    for (auto & thread : pool) {
        thread.join();
    }
    return worst;
}

}  // namespace

int main(int argc, char ** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: bases MODEL.gguf gpu|cpu RANK [THREADS]\n");
        return 2;
    }
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    const int rank = std::atoi(argv[3]);
    const int threads = argc > 4 ? std::atoi(argv[4]) : int(std::max(1u, std::thread::hardware_concurrency()));
    model_options file;
    file.path = argv[1];
    file.hash = "bench";
    file.backend_dir = TINYLORA_BACKEND_DIR;
    file.gpu = std::string(argv[2]) == "gpu";
    try {
        const auto m = model::load(file);
        progress p;
        std::vector<svd_statistics> statistics;
        const auto start = std::chrono::steady_clock::now();
        const auto bases = compute_bases(*m, rank, threads, /*on_device =*/true, p, &statistics);
        const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
        int most = 0;
        long long sum = 0, on_device = 0;
        for (const auto & s : statistics) {
            most = std::max(most, s.iterations);
            sum += s.iterations;
            on_device += s.on_device;
        }
        std::printf("{\"device\": \"%s\", \"modules\": %zu, \"onDevice\": %lld, \"rank\": %d, \"milliseconds\": %.1f, "
                    "\"iterations\": %lld, \"mostIterations\": %d, \"worstResidual\": %.3g, \"fingerprint\": \"%s\"}\n",
                    ggml_backend_dev_description(m->device()), bases.size(), on_device, rank, ms, sum, most,
                    worst_residual(*m, bases, rank, threads), bases_fingerprint(bases).c_str());
    } catch (const std::exception & e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
