// Products of exact numerics: the same numbers as ggml's, and a backend that is tried and replaced. With the argument gpu, on
// the first GPU (backends: TINYLORA_BACKEND_DIR, or the build's): true float32 at every number of columns, and how many of
// many new backends round.
#include <cstring>
#include <random>

#include "check.h"
#include "exact-products.h"
#include "training-weights.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

struct shape {
    int64_t n, rows, columns, outer;
};

std::vector<float> random_values(size_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float & value : values) {
        value = normal(generator);
    }
    return values;
}

// ‖found − true‖ / ‖true‖ of a product, the true one summed in double.
double error_of(ggml_backend_t backend, const shape & s, bool exact) {
    ggml_context_ptr ctx = make_graph_context(16);
    ggml_tensor * a = ggml_new_tensor_3d(ctx.get(), GGML_TYPE_F32, s.n, s.rows, s.outer);
    ggml_tensor * b = ggml_new_tensor_3d(ctx.get(), GGML_TYPE_F32, s.n, s.columns, s.outer);
    ggml_tensor * product = exact ? exact_product(ctx.get(), a, b) : ggml_mul_mat(ctx.get(), a, b);
    check(product->ne[0] == s.rows && product->ne[1] == s.columns && product->ne[2] == s.outer, "the product's shape");
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 16, false);
    ggml_build_forward_expand(graph, product);
    const ggml_backend_buffer_ptr buffer = allocate_tensors(ctx.get(), backend, "a test");
    const std::vector<float> left = random_values(ggml_nelements(a), 1), right = random_values(ggml_nelements(b), 2);
    ggml_backend_tensor_set(a, left.data(), 0, ggml_nbytes(a));
    ggml_backend_tensor_set(b, right.data(), 0, ggml_nbytes(b));
    check(ggml_backend_graph_compute(backend, graph) == GGML_STATUS_SUCCESS, "the product is computed");
    std::vector<float> values(ggml_nelements(product));
    ggml_backend_tensor_get(product, values.data(), 0, ggml_nbytes(product));
    std::vector<double> expected;
    for (int64_t o = 0; o < s.outer; ++o) {
        for (int64_t c = 0; c < s.columns; ++c) {
            for (int64_t r = 0; r < s.rows; ++r) {
                double sum = 0;
                for (int64_t k = 0; k < s.n; ++k) {
                    sum += (double) left[(o * s.rows + r) * s.n + k] * right[(o * s.columns + c) * s.n + k];
                }
                expected.push_back(sum);
            }
        }
    }
    return relative_distance({values.begin(), values.end()}, expected);
}

void check_products(ggml_backend_t backend) {
    double worst = 0, worst_of_ggml = 0;
    for (int64_t columns = 1; columns <= 40; ++columns) {
        for (const shape & s : {shape{64, 64, columns, 1}, shape{256, 96, columns, 1}, shape{32, 32, columns, 6}, shape{40, 7, columns, 3}}) {
            worst = std::max(worst, error_of(backend, s, true));
            worst_of_ggml = std::max(worst_of_ggml, error_of(backend, s, false));
        }
    }
    std::printf("  largest error of 1 to 40 columns: %.1e, of ggml's own product: %.1e\n", worst, worst_of_ggml);
    check_near(worst, 0, 1e-6, "true float32");
}

void check_replacement() {
    std::vector<ggml_backend_t> made;
    const auto make = [&] {
        ggml_backend_ptr backend(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr));
        made.push_back(backend.get());
        return backend;
    };
    check(exact_backend(make).get() == made.at(0), "one that does not round is taken");
    made.clear();
    const ggml_backend_ptr third = exact_backend(make, [&](ggml_backend_t) { return made.size() < 3; });
    check(made.size() == 3 && third.get() == made[2] && made[0] != made[1] && made[1] != made[2] && made[0] != made[2],
          "the first that does not round is taken, and those before are kept until then");
    check_throws([&] { exact_backend(make, [](ggml_backend_t) { return true; }); }, "numerics native", "one that always rounds");
}

void count_rounding(ggml_backend_dev_t device, int count) {
    const auto make = [&] { return ggml_backend_ptr(ggml_backend_dev_init(device, nullptr)); };
    int rounding = 0, made = 0;
    for (int i = 0; i < count; ++i) {
        // Whatever else a program does between two sessions.
        const auto use_memory = [&] { std::vector<std::vector<int32_t>>(i % 7, std::vector<int32_t>(9000 + 2000 * (i % 11), i % 3)); };
        use_memory();
        rounding += rounds_products(make().get());
        use_memory();
        const ggml_backend_ptr exact = exact_backend([&] {
            made++;
            return make();
        });
        check(!rounds_products(exact.get()), "an exact backend does not round");
    }
    std::printf("  of %d new backends, %d round; %d made for as many exact ones\n", count, rounding, made);
}

}  // namespace

int main(int argc, char ** argv) {
    const bool gpu = argc > 1 && std::strcmp(argv[1], "gpu") == 0;
    if (gpu && std::getenv("NVIDIA_TF32_OVERRIDE") == nullptr) {
        std::printf("Set NVIDIA_TF32_OVERRIDE=0, as the engine does before it loads CUDA.\n");
        return 2;
    }
    const char * folder = std::getenv("TINYLORA_BACKEND_DIR");
    ggml_backend_load_all_from_path(folder != nullptr ? folder : TINYLORA_BACKEND_DIR);
    ggml_backend_dev_t device = ggml_backend_dev_by_type(gpu ? GGML_BACKEND_DEVICE_TYPE_GPU : GGML_BACKEND_DEVICE_TYPE_CPU);
    if (device == nullptr) {
        std::printf("Skipped: there is no such device.\n");
        return 77;
    }
    const auto make = [&] { return ggml_backend_ptr(ggml_backend_dev_init(device, nullptr)); };
    check_products(exact_backend(make).get());
    check_replacement();
    if (gpu) {
        count_rounding(device, 300);
    }
    return finish();
}
