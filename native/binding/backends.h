// ggml's backend libraries, its log and its last words. Engine process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace binding {

struct device_info {
    std::string name;
    std::string description;  // for `failed`: the exact reason
    std::string kind;         // cpu, gpu, igpu, accel, meta, or failed: a backend library that could not be used
    uint64_t memory_total_bytes;
    uint64_t memory_free_bytes;
};

// Warnings and errors of ggml and llama.cpp go to stderr, the rest nowhere; an abort writes its message first.
void install_log();

// While muted, nothing of the log is shown: a cancelled decode reports itself as a row of errors. Calls nest.
void mute_log();
void unmute_log();

// Loads the folder's backends (once a process) and lists all devices. Throws bad_input when the folder has no CPU backend.
std::vector<device_info> list_devices(const std::string & backend_dir);

// As list_devices; also throws bad_input, with the reasons, when a GPU is asked for and there is none.
void require_device(const std::string & backend_dir, bool gpu);

} // namespace binding
