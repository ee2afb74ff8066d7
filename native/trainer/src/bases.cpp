// Truncated SVD by block Lanczos on WᵀW (or WWᵀ, whichever is smaller), and the cache of bases on disk.
#include "tinylora/bases.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "symmetric-eigen.h"
#include "tinylora/philox.h"

namespace tinylora {

namespace {

constexpr uint64_t k_fnv_offset = 0xcbf29ce484222325ull;
constexpr uint64_t k_fnv_prime = 0x100000001b3ull;
constexpr uint64_t k_start_seed = 0x7461627365737631ull;  // of the Lanczos start block; any constant does

uint64_t fnv1a(uint64_t hash, const void * data, size_t size) {
    const auto * bytes = (const uint8_t *) data;
    for (size_t i = 0; i < size; ++i) {
        hash = (hash ^ bytes[i]) * k_fnv_prime;
    }
    return hash;
}

using vector_block = std::vector<std::vector<double>>;

double dot(const double * a, const double * b, int64_t n) {
    double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        sum0 += a[i] * b[i];
        sum1 += a[i + 1] * b[i + 1];
        sum2 += a[i + 2] * b[i + 2];
        sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; ++i) {
        sum0 += a[i] * b[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
}

void axpy(double scale, const double * x, double * y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        y[i] += scale * x[i];
    }
}

// The matrix seen from its smaller side: rows [n_rows, n_cols] with n_cols the Krylov dimension.
class matrix_view {
public:
    matrix_view(const std::vector<float> & w, int64_t n_out, int64_t n_in) : transposed_(n_out < n_in) {
        n_cols = transposed_ ? n_out : n_in;
        n_rows = transposed_ ? n_in : n_out;
        rows_.resize(w.size());
        for (int64_t o = 0; o < n_out; ++o) {
            for (int64_t i = 0; i < n_in; ++i) {
                rows_[transposed_ ? i * n_out + o : o * n_in + i] = w[o * n_in + i];
            }
        }
    }

    // y = M x for each vector of the block; one pass over the matrix.
    vector_block multiply(const vector_block & x) const {
        vector_block y(x.size(), std::vector<double>(n_rows));
        std::vector<double> row(n_cols);
        for (int64_t r = 0; r < n_rows; ++r) {
            std::copy_n(rows_.data() + r * n_cols, n_cols, row.begin());
            for (size_t k = 0; k < x.size(); ++k) {
                y[k][r] = dot(row.data(), x[k].data(), n_cols);
            }
        }
        return y;
    }

    // x = Mᵀ y.
    vector_block multiply_transposed(const vector_block & y) const {
        vector_block x(y.size(), std::vector<double>(n_cols, 0.0));
        std::vector<double> row(n_cols);
        for (int64_t r = 0; r < n_rows; ++r) {
            std::copy_n(rows_.data() + r * n_cols, n_cols, row.begin());
            for (size_t k = 0; k < y.size(); ++k) {
                axpy(y[k][r], row.data(), x[k].data(), n_cols);
            }
        }
        return x;
    }

    bool transposed() const { return transposed_; }
    int64_t n_rows, n_cols;

private:
    bool transposed_;
    std::vector<float> rows_;
};

// Orthonormalises `block` against `basis` and itself (twice is enough); drops vectors that vanish.
void orthonormalise(vector_block & block, const vector_block & basis, double scale) {
    vector_block kept;
    for (auto & v : block) {
        const int64_t n = (int64_t) v.size();
        for (int pass = 0; pass < 2; ++pass) {
            for (const auto & q : basis) {
                axpy(-dot(q.data(), v.data(), n), q.data(), v.data(), n);
            }
            for (const auto & q : kept) {
                axpy(-dot(q.data(), v.data(), n), q.data(), v.data(), n);
            }
        }
        const double norm = std::sqrt(dot(v.data(), v.data(), n));
        if (norm > 1e-12 * scale) {
            for (double & value : v) {
                value /= norm;
            }
            kept.push_back(std::move(v));
        }
    }
    block = std::move(kept);
}

struct ritz {
    symmetric_eigen eigen;
    int n = 0;
};

ritz rayleigh_ritz(const vector_block & images) {
    const int n = (int) images.size();
    std::vector<double> t((size_t) n * n);
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= i; ++j) {
            t[i * n + j] = t[j * n + i] = dot(images[i].data(), images[j].data(), (int64_t) images[i].size());
        }
    }
    return {eigen_symmetric(std::move(t), n), n};
}

std::vector<double> combine(const vector_block & vectors, const symmetric_eigen & eigen, int n, int k) {
    std::vector<double> out(vectors[0].size(), 0.0);
    for (int i = 0; i < n; ++i) {
        axpy(eigen.vectors[i * n + k], vectors[i].data(), out.data(), (int64_t) out.size());
    }
    return out;
}

// Largest residual ‖MᵀMv − θv‖ of the leading `count` Ritz pairs.
double worst_residual(const matrix_view & m, const vector_block & basis, const vector_block & images, const ritz & r, int count) {
    vector_block leading_images, leading;
    for (int k = 0; k < count; ++k) {
        leading_images.push_back(combine(images, r.eigen, r.n, k));
        leading.push_back(combine(basis, r.eigen, r.n, k));
    }
    vector_block back = m.multiply_transposed(leading_images);
    double worst = 0;
    for (int k = 0; k < count; ++k) {
        axpy(-r.eigen.values[k], leading[k].data(), back[k].data(), m.n_cols);
        worst = std::max(worst, std::sqrt(dot(back[k].data(), back[k].data(), m.n_cols)));
    }
    return worst;
}

module_basis assemble(const matrix_view & m, const vector_block & basis, const vector_block & images, const ritz & r, int rank,
                      int64_t n_out, int64_t n_in) {
    module_basis out;
    out.u_s.resize((size_t) n_out * rank);
    out.v_t.resize((size_t) rank * n_in);
    out.sigma.assign(rank + 1, 0.0f);
    for (int k = 0; k < rank + 1 && k < r.n; ++k) {
        out.sigma[k] = (float) std::sqrt(std::max(0.0, r.eigen.values[k]));
    }
    for (int k = 0; k < rank; ++k) {
        const double sigma = std::sqrt(std::max(1e-300, r.eigen.values[k]));
        const std::vector<double> right = combine(basis, r.eigen, r.n, k);        // unit
        const std::vector<double> left_s = combine(images, r.eigen, r.n, k);      // σ · unit
        const bool swapped = m.transposed();
        // Paper decision 5: the entry of largest magnitude in U's column is positive.
        const std::vector<double> & u = swapped ? right : left_s;
        const auto peak = std::max_element(u.begin(), u.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
        const double sign = *peak < 0 ? -1.0 : 1.0;
        for (int64_t o = 0; o < n_out; ++o) {
            out.u_s[o * rank + k] = (float) (sign * (swapped ? right[o] * sigma : left_s[o]));
        }
        for (int64_t i = 0; i < n_in; ++i) {
            out.v_t[k * n_in + i] = (float) (sign * (swapped ? left_s[i] / sigma : right[i]));
        }
    }
    return out;
}

}  // namespace

module_basis truncated_svd(const std::vector<float> & weight, int64_t n_out, int64_t n_in, int rank, const std::string & name) {
    const matrix_view m(weight, n_out, n_in);
    const int block_size = (int) std::min<int64_t>(rank + 8, m.n_cols);
    vector_block block(block_size, std::vector<double>(m.n_cols));
    const std::vector<double> start = projection_normals(k_start_seed, name, (size_t) block_size * m.n_cols);
    for (int k = 0; k < block_size; ++k) {
        std::copy_n(start.begin() + k * m.n_cols, m.n_cols, block[k].begin());
    }
    orthonormalise(block, {}, 1.0);

    vector_block basis, images;
    const int max_iterations = 200, first_check = 5;
    int next_check = first_check;
    for (int iteration = 1;; ++iteration) {
        vector_block image = m.multiply(block);
        vector_block next = m.multiply_transposed(image);
        const double scale = std::sqrt(dot(image[0].data(), image[0].data(), m.n_rows));
        for (size_t k = 0; k < block.size(); ++k) {
            basis.push_back(std::move(block[k]));
            images.push_back(std::move(image[k]));
        }
        orthonormalise(next, basis, scale * scale + 1e-30);
        const bool complete = next.empty() || (int64_t) basis.size() >= m.n_cols || iteration >= max_iterations;
        if (complete || iteration >= next_check) {
            const ritz r = rayleigh_ritz(images);
            const int count = std::min(rank + 1, r.n);
            if (complete || worst_residual(m, basis, images, r, count) <= 1e-9 * r.eigen.values[0]) {
                return assemble(m, basis, images, r, rank, n_out, n_in);
            }
            next_check = iteration + std::max(2, iteration / 3);
        }
        block = std::move(next);
    }
}

namespace {

constexpr char k_magic[8] = {'T', 'L', 'B', 'A', 'S', 'E', 'S', '1'};

std::string cache_path(const model & m, int rank, const std::string & dir) {
    return (std::filesystem::path(dir) / (m.options().hash + "-rank" + std::to_string(rank) + ".bases")).string();
}

size_t value_count(const linear_module & module, int rank) {
    return (size_t) (module.n_out + module.n_in) * rank + rank + 1;
}

void append(std::vector<float> & out, const module_basis & b) {
    out.insert(out.end(), b.u_s.begin(), b.u_s.end());
    out.insert(out.end(), b.v_t.begin(), b.v_t.end());
    out.insert(out.end(), b.sigma.begin(), b.sigma.end());
}

// Empty when there is no file, or when it is damaged (then it is computed and written again).
std::vector<module_basis> read_cache(const model & m, int rank, const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    char magic[8];
    uint64_t checksum = 0;
    size_t total = 0;
    for (const auto & module : m.modules()) {
        total += value_count(module, rank);
    }
    std::vector<float> values(total);
    if (!in.read(magic, 8) || std::memcmp(magic, k_magic, 8) != 0 || !in.read((char *) &checksum, 8) ||
        !in.read((char *) values.data(), (std::streamsize) (total * sizeof(float))) ||
        fnv1a(k_fnv_offset, values.data(), total * sizeof(float)) != checksum) {
        return {};
    }
    std::vector<module_basis> out;
    const float * at = values.data();
    for (const auto & module : m.modules()) {
        module_basis b;
        b.u_s.assign(at, at + module.n_out * rank);
        at += module.n_out * rank;
        b.v_t.assign(at, at + module.n_in * rank);
        at += module.n_in * rank;
        b.sigma.assign(at, at + rank + 1);
        at += rank + 1;
        out.push_back(std::move(b));
    }
    return out;
}

// Atomic: a reader sees the whole file or none. Failing to write is no error; the bases are computed again next time.
void write_cache(const std::vector<module_basis> & bases, const std::string & path) {
    std::vector<float> values;
    for (const auto & b : bases) {
        append(values, b);
    }
    const uint64_t checksum = fnv1a(k_fnv_offset, values.data(), values.size() * sizeof(float));
    std::error_code ec;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ec);
    const std::string partial = path + ".partial";
    std::ofstream out(partial, std::ios::binary | std::ios::trunc);
    out.write(k_magic, 8);
    out.write((const char *) &checksum, 8);
    out.write((const char *) values.data(), (std::streamsize) (values.size() * sizeof(float)));
    out.close();
    if (out) {
        std::filesystem::rename(partial, path, ec);
    } else {
        std::filesystem::remove(partial, ec);
    }
}

std::vector<module_basis> compute(const model & m, int rank, int threads, progress & p) {
    const auto & modules = m.modules();
    std::vector<module_basis> bases(modules.size());
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_mutex;
    auto work = [&]() {
        try {
            for (size_t i = next++; i < modules.size(); i = next++) {
                p.check();
                const auto & module = modules[i];
                bases[i] = truncated_svd(dequantise(module.weight), module.n_out, module.n_in, rank, module.name);
                p.done++;
            }
        } catch (...) {
            std::lock_guard<std::mutex> lock(failure_mutex);
            failure = std::current_exception();
        }
    };
    p.begin("bases", (long long) modules.size());
    std::vector<std::thread> pool;
    for (int t = 1; t < threads; ++t) {
        pool.emplace_back(work);
    }
    work();
    for (auto & t : pool) {
        t.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return bases;
}

}  // namespace

std::vector<module_basis> load_bases(const model & m, int rank, const std::string & dir, int threads, progress & p) {
    const std::string path = cache_path(m, rank, dir);
    std::vector<module_basis> bases = read_cache(m, rank, path);
    if (bases.empty()) {
        bases = compute(m, rank, threads, p);
        write_cache(bases, path);
    }
    return bases;
}

std::string bases_fingerprint(const std::vector<module_basis> & bases) {
    uint64_t hash = k_fnv_offset;
    for (const auto & b : bases) {
        hash = fnv1a(hash, b.u_s.data(), b.u_s.size() * sizeof(float));
        hash = fnv1a(hash, b.v_t.data(), b.v_t.size() * sizeof(float));
    }
    char text[17];
    std::snprintf(text, sizeof(text), "%016llx", (unsigned long long) hash);
    return text;
}

}  // namespace tinylora
