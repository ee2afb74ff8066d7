// Work on long arrays by threads, in ranges of a fixed size: what a range computes does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace tinylora {

constexpr size_t k_range_size = (size_t) 1 << 20;

inline size_t range_count(size_t n, size_t range_size = k_range_size) { return (n + range_size - 1) / range_size; }

// Calls work(range, first, last) for every range of [0, n), which must not throw. Short arrays stay on the caller's thread.
template <typename function> void for_ranges(size_t n, function work, size_t range_size = k_range_size) {
    const size_t n_ranges = range_count(n, range_size);
    std::atomic<size_t> next{0};
    const auto take = [&] {
        for (size_t range = next++; range < n_ranges; range = next++) {
            work(range, range * range_size, std::min(n, (range + 1) * range_size));
        }
    };
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min<size_t>(n_ranges, std::max(1u, std::thread::hardware_concurrency())); ++i) {
        threads.emplace_back(take);
    }
    take();
    for (std::thread & thread : threads) {
        thread.join();
    }
}

}  // namespace tinylora
