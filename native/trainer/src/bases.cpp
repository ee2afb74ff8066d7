// The bases of all modules: dealt to threads on the CPU or to streams on a device, and kept on disk.
#include "tinylora/bases.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "device-svd.h"

namespace tinylora {

namespace {

constexpr uint64_t k_fnv_offset = 0xcbf29ce484222325ull;
constexpr uint64_t k_fnv_prime = 0x100000001b3ull;

uint64_t fnv1a(uint64_t hash, const void * data, size_t size) {
    const auto * bytes = (const uint8_t *) data;
    for (size_t i = 0; i < size; ++i) {
        hash = (hash ^ bytes[i]) * k_fnv_prime;
    }
    return hash;
}

constexpr char k_magic[8] = {'T', 'L', 'B', 'A', 'S', 'E', 'S', '1'};

std::string cache_path(const model & m, int rank, const std::string & dir) {
    return (std::filesystem::u8path(dir) / (m.options().hash + "-rank" + std::to_string(rank) + ".bases")).u8string();
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
    std::ifstream in(std::filesystem::u8path(path), std::ios::binary);
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
    const std::filesystem::path target = std::filesystem::u8path(path), partial = std::filesystem::u8path(path + ".partial");
    std::filesystem::create_directories(target.parent_path(), ec);
    std::ofstream out(partial, std::ios::binary | std::ios::trunc);
    out.write(k_magic, 8);
    out.write((const char *) &checksum, 8);
    out.write((const char *) values.data(), (std::streamsize) (values.size() * sizeof(float)));
    out.close();
    if (out) {
        std::filesystem::rename(partial, target, ec);
    } else {
        std::filesystem::remove(partial, ec);
    }
}

// Streams on one device: while one waits for the host or runs small kernels, another reads its weight. Each holds a weight
// and its transpose in float32; half of the free memory is left alone.
size_t stream_count(const model & m) {
    constexpr size_t most = 3;
    size_t bytes = 1, free = 0, total = 0;
    for (const auto & module : m.modules()) {
        bytes = std::max(bytes, device_svd::memory_bytes(module.n_out, module.n_in));
    }
    ggml_backend_dev_memory(m.device(), &free, &total);
    return std::clamp<size_t>(free / 2 / bytes, 1, most);
}

// Indices of the modules, equal shapes together (a stream then keeps its memory) and the largest first.
std::vector<size_t> order_by_shape(const std::vector<linear_module> & modules) {
    std::vector<size_t> order(modules.size());
    std::iota(order.begin(), order.end(), (size_t) 0);
    const auto key = [&](size_t i) { return std::make_pair(-modules[i].n_out * modules[i].n_in, modules[i].n_in); };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
    return order;
}

// A GPU takes over where the CPU would be long at it; smaller models keep the very bases that a machine without a GPU computes.
constexpr int64_t k_least_numbers_on_device = 1000000000;

int64_t weight_count(const model & m) {
    int64_t count = 0;
    for (const linear_module & module : m.modules()) {
        count += ggml_nelements(module.weight);
    }
    return count;
}

}  // namespace

std::vector<module_basis> compute_bases(const model & m, int rank, int threads, bool on_device, progress & p,
                                        std::vector<svd_statistics> * statistics) {
    const auto & modules = m.modules();
    on_device = on_device && ggml_backend_dev_type(m.device()) != GGML_BACKEND_DEVICE_TYPE_CPU;
    const size_t workers = std::max<size_t>(1, on_device ? stream_count(m) : (size_t) threads);
    const std::vector<size_t> order = order_by_shape(modules);
    std::vector<module_basis> bases(modules.size());
    std::vector<svd_statistics> found(modules.size());
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_mutex;
    auto compute_one = [&](size_t i, device_svd * device) {
        const auto & module = modules[i];
        std::optional<module_basis> b;
        if (device != nullptr && device_svd::suits(module.n_out, module.n_in, rank)) {
            b = device->compute(module.weight, rank, module.name, p, &found[i]);
        }
        if (!b) {
            found[i] = {};
            b = truncated_svd(dequantise(module.weight), module.n_out, module.n_in, rank, module.name, &found[i]);
        }
        bases[i] = std::move(*b);
    };
    auto work = [&]() {
        try {
            const auto device = on_device ? std::make_unique<device_svd>(m.device()) : nullptr;
            for (size_t at = next++; at < modules.size(); at = next++) {
                p.check();
                compute_one(order[at], device.get());
                p.done++;
            }
        } catch (...) {
            next = modules.size();
            std::lock_guard<std::mutex> lock(failure_mutex);
            failure = std::current_exception();
        }
    };
    p.begin("bases", (long long) modules.size());
    std::vector<std::thread> pool;
    for (size_t t = 1; t < workers; ++t) {
        pool.emplace_back(work);
    }
    work();
    for (auto & t : pool) {
        t.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (statistics != nullptr) {
        *statistics = std::move(found);
    }
    return bases;
}

std::vector<module_basis> load_bases(const model & m, int rank, const std::string & dir, int threads, progress & p) {
    const std::string path = cache_path(m, rank, dir);
    std::vector<module_basis> bases = read_cache(m, rank, path);
    if (bases.empty()) {
        bases = compute_bases(m, rank, threads, weight_count(m) >= k_least_numbers_on_device, p);
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
