// Progress and cancellation of the running operation, shared by the thread that works and the one that asks.
#pragma once

#include <atomic>

#include "tinylora/error.h"

namespace tinylora {

struct progress {
    std::atomic<const char *> phase{"idle"};  // a string literal
    std::atomic<long long> done{0};
    std::atomic<long long> total{0};
    std::atomic<bool> cancel_requested{false};

    void begin(const char * name, long long count) {
        phase = name;
        done = 0;
        total = count;
    }

    // Throws error_code::cancelled when the caller asked for it. Call between graphs and decode steps.
    void check() const {
        if (cancel_requested.load(std::memory_order_relaxed)) {
            throw error(error_code::cancelled, "The operation was cancelled.");
        }
    }
};

} // namespace tinylora
