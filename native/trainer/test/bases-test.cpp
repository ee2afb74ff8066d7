// Truncated SVD: exact factors of a planted matrix, signs, near ties; TinyLoRA's groups as the paper counts them.
#include "tinylora/bases.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "check.h"
#include "tinylora/adapter.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

void check_factors(int64_t n_out, int64_t n_in, int rank) {
    const std::vector<double> normals = projection_normals(3, "matrix", (size_t) n_out * n_in);
    const std::vector<float> weight(normals.begin(), normals.end());
    const module_basis b = truncated_svd(weight, n_out, n_in, rank, "test");
    for (int k = 0; k < rank; ++k) {
        // W v = σ u, to float32's rounding of the stored factors: the definition of a singular triplet.
        double worst = 0, peak = 0;
        for (int64_t o = 0; o < n_out; ++o) {
            double sum = 0;
            for (int64_t i = 0; i < n_in; ++i) {
                sum += (double) weight[o * n_in + i] * b.v_t[k * n_in + i];
            }
            worst = std::max(worst, std::fabs(sum - b.u_s[o * rank + k]));
            peak = std::fabs(b.u_s[o * rank + k]) > std::fabs(peak) ? b.u_s[o * rank + k] : peak;
        }
        check_near(worst, 0, 1e-5 * b.sigma[0], "W v = σ u");
        check(peak > 0, "the largest entry of u is positive");
        check(b.sigma[k] >= b.sigma[k + 1], "singular values descend");
        double norm = 0;
        for (int64_t i = 0; i < n_in; ++i) {
            norm += (double) b.v_t[k * n_in + i] * b.v_t[k * n_in + i];
        }
        check_near(norm, 1, 1e-5, "v is a unit vector");
    }
}

int group_count(const std::vector<int> & groups) { return (int) std::set<int>(groups.begin(), groups.end()).size(); }

std::vector<int> model_groups(tying tie, int n_tie, int n_layer) {
    std::vector<module_type> types;
    std::vector<int> layers;
    for (int l = 0; l < n_layer; ++l) {
        for (int t = 0; t < module_type_count; ++t) {
            types.push_back((module_type) t);
            layers.push_back(l);
        }
    }
    return tie_groups(tie, n_tie, types, layers);
}

}  // namespace

int main() {
    check_factors(40, 96, 2);
    check_factors(96, 40, 3);
    check_factors(300, 280, 2);
    check_factors(6, 5, 5);

    // Paper table 2: 28 layers give 13, 49 and 196 groups; 36 layers 16, 63 and 252.
    check(group_count(model_groups(tying::tiled, 16, 28)) == 13, "7B, n_tie 16: 13 groups");
    check(group_count(model_groups(tying::tiled, 4, 28)) == 49, "7B, n_tie 4: 49 groups");
    check(group_count(model_groups(tying::tiled, 1, 28)) == 196, "7B, untied: 196 groups");
    check(group_count(model_groups(tying::tiled, 16, 36)) == 16, "3B, n_tie 16: 16 groups");
    check(group_count(model_groups(tying::tiled, 4, 36)) == 63, "3B, n_tie 4: 63 groups");
    check(group_count(model_groups(tying::all, 1, 28)) == 1, "all: one group");
    check(group_count(model_groups(tying::structured, 2, 4)) == 14, "structured, 4 layers by 2: 14 groups");
    const std::vector<int> balanced = model_groups(tying::balanced, 16, 28);
    const auto size_of = [&](int g) { return std::count(balanced.begin(), balanced.end(), g); };
    for (int g = 0; g < 13; ++g) {
        check(size_of(g) == 15 || size_of(g) == 16, "balanced groups differ by at most one module");
    }
    return finish();
}
