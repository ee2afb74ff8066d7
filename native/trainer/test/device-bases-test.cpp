// Bases computed on a device, here ggml's CPU: against the double path where singular values are apart, by residual and
// captured energy where they are not; every kind of weight; the band eigensolver beneath.
#include <algorithm>
#include <cmath>

#include "band-eigen.h"
#include "check.h"
#include "device-svd.h"
#include "ritz.h"
#include "tinylora/philox.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

ggml_backend_dev_t cpu() {
    static const bool loaded = (ggml_backend_load_all_from_path(TINYLORA_BACKEND_DIR), true);
    (void) loaded;
    return ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
}

std::vector<float> normals(const std::string & name, size_t count) {
    const std::vector<double> values = projection_normals(7, name, count);
    return {values.begin(), values.end()};
}

// U diag(sigma) Vᵀ, row-major [n_out, n_in], with random orthonormal factors.
std::vector<float> planted(int64_t n_out, int64_t n_in, const std::vector<double> & sigma) {
    const int rank = (int) sigma.size();
    const vector_block u = start_block("u", rank, n_out), v = start_block("v", rank, n_in);
    std::vector<double> sum((size_t) n_out * n_in, 0.0);
    for (int k = 0; k < rank; ++k) {
        for (int64_t o = 0; o < n_out; ++o) {
            axpy(sigma[k] * u[k][o], v[k].data(), sum.data() + o * n_in, n_in);
        }
    }
    return {sum.begin(), sum.end()};
}

// A tensor of `type` in CPU memory and the values it really holds.
struct weight {
    weight(ggml_type type, const std::vector<float> & source, int64_t n_out, int64_t n_in) : ctx(make_graph_context(2)) {
        tensor = ggml_new_tensor_2d(ctx.get(), type, n_in, n_out);
        buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), ggml_backend_dev_buffer_type(cpu())));
        ggml_quantize_chunk(type, source.data(), tensor->data, 0, n_out, n_in, nullptr);
        values = dequantise(tensor);
    }
    ggml_context_ptr ctx;
    ggml_backend_buffer_ptr buffer;
    ggml_tensor * tensor;
    std::vector<float> values;
};

double largest_difference(const std::vector<float> & a, const std::vector<float> & b, double & largest) {
    double difference = 0;
    largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        difference = std::max(difference, (double) std::fabs(a[i] - b[i]));
        largest = std::max(largest, (double) std::fabs(b[i]));
    }
    return difference;
}

void check_like_double(const char * what, ggml_type type, int64_t n_out, int64_t n_in, const std::vector<double> & sigma, int rank) {
    device_svd device(cpu());
    progress p;
    const weight w(type, planted(n_out, n_in, sigma), n_out, n_in);
    const auto found = device.compute(w.tensor, rank, "layer", p);
    check(found.has_value(), std::string(what) + ": the device finds triplets");
    if (!found) {
        return;
    }
    const module_basis expected = truncated_svd(w.values, n_out, n_in, rank, "layer");
    double largest;
    double difference = largest_difference(found->u_s, expected.u_s, largest);
    check_near(difference / largest, 0, 1e-5, std::string(what) + ": U Σ like in double");
    difference = largest_difference(found->v_t, expected.v_t, largest);
    check_near(difference / largest, 0, 1e-5, std::string(what) + ": V like in double");
    for (int k = 0; k <= rank; ++k) {
        check_near(found->sigma[k], expected.sigma[k], 1e-6 * expected.sigma[0], std::string(what) + ": σ like in double");
    }
}

// Residual, orthogonality and captured energy; the last against the double path's.
void check_gaussian(int64_t n_out, int64_t n_in, int rank) {
    device_svd device(cpu());
    progress p;
    svd_statistics statistics;
    const weight w(GGML_TYPE_F32, normals("gauss", (size_t) n_out * n_in), n_out, n_in);
    const auto found = device.compute(w.tensor, rank, "layer", p, &statistics);
    const module_basis expected = truncated_svd(w.values, n_out, n_in, rank, "layer");
    const double first = expected.sigma[0];
    double energy = 0, expected_energy = 0;
    for (int k = 0; k < rank; ++k) {
        double worst = 0, squared = 0;
        std::vector<double> u(n_out), back(n_in, 0.0);
        for (int64_t o = 0; o < n_out; ++o) {
            for (int64_t i = 0; i < n_in; ++i) {
                u[o] += (double) w.values[o * n_in + i] * found->v_t[k * n_in + i];
            }
            worst = std::max(worst, std::fabs(u[o] - found->u_s[o * rank + k]));
            squared += u[o] * u[o];
            for (int64_t i = 0; i < n_in; ++i) {
                back[i] += u[o] * w.values[o * n_in + i];
            }
        }
        double residual = 0;
        for (int64_t i = 0; i < n_in; ++i) {
            residual += std::pow(back[i] - squared * found->v_t[k * n_in + i], 2);
        }
        check_near(std::sqrt(residual) / (first * first), 0, 3e-6, "Gaussian: WᵀW v = σ² v");
        check_near(worst / first, 0, 1e-6, "Gaussian: W v = σ u");
        energy += squared;
        expected_energy += (double) expected.sigma[k] * expected.sigma[k];
    }
    check_near(energy / expected_energy, 1, 1e-6, "Gaussian: the energy of the best subspace");
    check(statistics.on_device && statistics.iterations > 8, "statistics are filled");
}

void check_special_cases() {
    device_svd device(cpu());
    progress p;
    const weight zero(GGML_TYPE_F32, std::vector<float>(300 * 400, 0.0f), 300, 400);
    check(!device.compute(zero.tensor, 4, "layer", p).has_value(), "a weight of zeros is left to the CPU");
    const weight tiny(GGML_TYPE_F32, normals("tiny", 12 * 14), 12, 14);
    check(!device.compute(tiny.tensor, 3, "layer", p).has_value(), "a small weight is left to the CPU when all directions are used");
    // The same memory again, and the same bits again.
    const weight w(GGML_TYPE_F32, planted(300, 400, {5, 4, 3, 2}), 300, 400);
    const auto once = device.compute(w.tensor, 2, "layer", p), again = device.compute(w.tensor, 2, "layer", p);
    check(once && again && bases_fingerprint({*once}) == bases_fingerprint({*again}), "repeated exactly");
    p.cancel_requested = true;
    check_throws([&] { device.compute(w.tensor, 2, "layer", p); }, "cancelled", "cancelled");
    check(!device_svd::suits(4096, 4095, 2) && !device_svd::suits(64, 4096, 2) && device_svd::suits(512, 3584, 64), "what suits a device");
}

void check_band_eigen() {
    band_matrix band;
    band.n = 90;
    band.width = 3;
    const std::vector<double> entries = projection_normals(1, "band", (size_t) band.n * 4);
    band.upper = entries;
    for (int j = 40; j < 44; ++j) {
        band.upper[j * 4 + 1] = band.upper[j * 4 + 2] = band.upper[j * 4 + 3] = 0;  // it falls apart here
    }
    band.upper[40 * 4] = band.upper[43 * 4] = 9;  // two equal eigenvalues
    for (int j = 44; j < 47; ++j) {
        for (int d = 1; d <= 3; ++d) {
            band.upper[j * 4 + d] = j - d < 44 ? 0 : band.upper[j * 4 + d];
        }
    }
    std::vector<double> dense((size_t) band.n * band.n, 0.0);
    for (int i = 0; i < band.n; ++i) {
        for (int j = std::max(0, i - 3); j < std::min(band.n, i + 4); ++j) {
            dense[i * band.n + j] = band.at(i, j);
        }
    }
    const symmetric_eigen expected = eigen_symmetric(dense, band.n);
    const leading_eigen found = leading_eigenpairs(band, 8);
    for (int k = 0; k < 8; ++k) {
        check_near(found.values[k], expected.values[k], 1e-12, "band eigenvalue");
        double worst = 0;
        for (int i = 0; i < band.n; ++i) {
            worst = std::max(worst, std::fabs(dot(dense.data() + i * band.n, found.vectors[k].data(), band.n) - found.values[k] * found.vectors[k][i]));
        }
        check_near(worst, 0, 1e-12, "band eigenvector");
        for (int l = 0; l < k; ++l) {
            check_near(dot(found.vectors[k].data(), found.vectors[l].data(), band.n), 0, 1e-12, "band eigenvectors are orthogonal");
        }
    }
}

}  // namespace

int main() {
    check_band_eigen();
    std::vector<double> strong = {20, 12, 9, 7, 5.5, 4.5};
    for (int k = 0; k < 60; ++k) {
        strong.push_back(3.0 / (1 + 0.1 * k));
    }
    for (ggml_type type : {GGML_TYPE_F32, GGML_TYPE_F16, GGML_TYPE_BF16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_K}) {
        check_like_double(ggml_type_name(type), type, 320, 512, strong, 2);
    }
    check_like_double("tall", GGML_TYPE_F16, 700, 288, strong, 4);
    check_like_double("square", GGML_TYPE_F32, 300, 300, strong, 5);
    check_like_double("of low rank", GGML_TYPE_F32, 300, 310, {5, 4, 3}, 2);
    check_like_double("of rank 2", GGML_TYPE_F32, 310, 300, {5, 4}, 2);
    check_gaussian(768, 512, 2);
    check_gaussian(300, 400, 64);
    check_special_cases();
    return finish();
}
