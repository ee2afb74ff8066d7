// Merging: how much of a small update survives rounding (the table of a Gaussian matrix), and the exact way back.
#include "tinylora/merge.h"

#include <algorithm>
#include <cstring>

#include "merge-rows.h"
#include "test-model.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

constexpr int size = 2048;
constexpr int rank = 2;

std::vector<float> gaussian(const char * name, size_t count) {
    std::vector<float> values;
    values.reserve(count);
    for (const double x : projection_normals(3, name, count)) {
        values.push_back(float(x));
    }
    return values;
}

// A 2048 × 2048 Gaussian weight on the type's grid, plus an update of rank 2 (Gaussian factors) and the given relative norm.
void rounding_table() {
    struct row {
        ggml_type type;
        double relative_norm, changed, fidelity, tolerance;
    };
    const row rows[] = {
        {GGML_TYPE_BF16, 1e-5, 0.002, 0.01, 0.01}, {GGML_TYPE_BF16, 1e-4, 0.021, 0.08, 0.01},
        {GGML_TYPE_BF16, 1e-3, 0.19, 0.62, 0.01},  {GGML_TYPE_BF16, 1e-2, 0.75, 0.998, 0.01},
        {GGML_TYPE_F16, 1e-5, 0.016, 0.06, 0.01},  {GGML_TYPE_F16, 1e-4, 0.16, 0.53, 0.01},
        {GGML_TYPE_F16, 1e-3, 0.70, 0.997, 0.01},  {GGML_TYPE_F16, 1e-2, 0.96, 1.0, 0.01},
    };
    const std::vector<float> weight = gaussian("weight", size_t(size) * size);
    const std::vector<float> b = gaussian("b", size_t(size) * rank);
    const std::vector<float> a = gaussian("a", size_t(size) * rank);
    std::vector<float> delta(size);
    for (const row & expected : rows) {
        const size_t row_bytes = ggml_row_size(expected.type, size);
        std::vector<uint8_t> pristine(row_bytes), merged(row_bytes);
        merge_sums sums;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                const float product = b[size_t(i)] * a[size_t(j)] + b[size_t(size + i)] * a[size_t(size + j)];
                delta[size_t(j)] = product * float(expected.relative_norm / std::sqrt(double(rank)));
            }
            row_from_float(expected.type, weight.data() + size_t(i) * size, pristine.data(), size);
            sums.add(merge_row(expected.type, pristine.data(), delta.data(), merged.data(), size));
        }
        char name[64];
        std::snprintf(name, sizeof name, "%s at %g: ", ggml_type_name(expected.type), expected.relative_norm);
        std::printf("%schanged %.4f, fidelity %.4f\n", name, sums.changed_fraction(), sums.fidelity());
        check_near(sums.changed_fraction(), expected.changed, expected.tolerance, std::string(name) + "changed fraction");
        check_near(sums.fidelity(), expected.fidelity, expected.tolerance, std::string(name) + "fidelity");
    }
}

std::vector<std::vector<uint8_t>> weights_of(const model & m) {
    std::vector<std::vector<uint8_t>> bytes;
    for (const linear_module & module : m.modules()) {
        bytes.emplace_back(ggml_nbytes(module.weight));
        ggml_backend_tensor_get(module.weight, bytes.back().data(), 0, bytes.back().size());
    }
    return bytes;
}

void merges_and_restores(const std::string & path) {
    const auto m = load_model(path);
    const auto lora = make_lora(*m, {2, 4, 1, {}});
    std::vector<float> params = lora->initial_params();
    const std::vector<float> noise = gaussian("params", params.size());
    for (size_t i = 0; i < params.size(); i++) {
        params[i] += 0.05f * noise[i];
    }
    lora->load_params(params.data());

    const auto before = weights_of(*m);
    {
        merger merge(*m, *lora);
        const merge_report report = merge.apply(params);
        check(merge.applied() && report.modules.size() == m->modules().size(), path + ": one report a module");
        check_near(report.fidelity, 1, 0.02, path + ": fidelity of a large update");

        // Entry (o, i) of the first module by the definition: W + scale · Σ_k b[o,k] a[k,i].
        const linear_module & module = m->modules()[0];
        const std::vector<float> live = dequantise(module.weight);
        const size_t o = 3, i = 5, n_in = size_t(module.n_in);
        double expected = 0;
        for (size_t k = 0; k < 2; k++) {
            expected += double(lora->scale()) * lora->modules()[0].b[o * 2 + k] * lora->modules()[0].a[k * n_in + i];
        }
        std::vector<float> original(before[0].size() / ggml_type_size(module.weight->type));
        row_to_float(module.weight->type, before[0].data(), original.data(), int64_t(original.size()));
        check_near(live[o * n_in + i], original[o * n_in + i] + expected, 0.005 * std::fabs(original[o * n_in + i]) + 1e-6, path + ": a merged entry");

        merge.apply(params);
        check(dequantise(module.weight) == live, path + ": merging again starts from the base");
        merge.restore();
        check(!merge.applied() && weights_of(*m) == before, path + ": restored bit for bit");
        merge.apply(params);
    }
    check(weights_of(*m) == before, path + ": the merger's end restores the base");
}

} // namespace

int main() {
    rounding_table();
    for (const char * name : {"llama-tied", "qwen2-f16", "qwen2-bf16"}) {
        merges_and_restores(std::string("golden/") + name + "/model.gguf");
    }
    const auto quantised = load_model("golden/llama-q4_0/model.gguf");
    const auto lora = make_lora(*quantised, {2, 4, 1, {}});
    check_throws([&] { merger(*quantised, *lora); }, "\"adapter\"", "merging into quantised weights");
    return finish();
}
