// The tests' few helpers: checks that name themselves, and where the shared data lies. Each test is one program.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace tinylora_test {

inline int failure_count = 0;

inline void check(bool holds, const std::string & what) {
    if (!holds) {
        std::fprintf(stderr, "FAILED: %s\n", what.c_str());
        failure_count++;
    }
}

inline void check_near(double value, double expected, double tolerance, const std::string & what) {
    char numbers[128];
    std::snprintf(numbers, sizeof numbers, ": %.9g, expected %.9g ± %.3g", value, expected, tolerance);
    check(std::fabs(value - expected) <= tolerance, what + numbers);
}

// ‖a − b‖ / ‖b‖
inline double relative_distance(const std::vector<double> & a, const std::vector<double> & b) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return std::sqrt(difference / norm);
}

// Runs `action`, which must throw an exception whose message contains `part`.
template <typename function> void check_throws(function action, const std::string & part, const std::string & what) {
    try {
        action();
    } catch (const std::exception & caught) {
        check(std::string(caught.what()).find(part) != std::string::npos, what + ": the message is \"" + caught.what() + "\", without \"" + part + "\"");
        return;
    }
    check(false, what + ": nothing was thrown");
}

// A file of the data shared beside the repository: TINYLORA_SHARED, or ../shared. The test is skipped where it is missing.
inline std::string shared_file(const std::string & path) {
    const char * folder = std::getenv("TINYLORA_SHARED");
    const std::string root = folder != nullptr ? folder : std::string(TINYLORA_REPOSITORY_DIR) + "/../shared";
    const std::string file = root + "/" + path;
    if (!std::filesystem::exists(file)) {
        std::printf("Skipped: %s is missing. Set TINYLORA_SHARED to the folder that holds it.\n", file.c_str());
        std::exit(failure_count == 0 ? 77 : 1);
    }
    return file;
}

// The program's exit status.
inline int finish() {
    if (failure_count == 0) {
        std::printf("All checks hold.\n");
    }
    return failure_count == 0 ? 0 : 1;
}

} // namespace tinylora_test
