// ggml's backend libraries. Engine process.
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

// Loads the folder's backends (once a process) and lists all devices. Throws bad_input when the folder has no CPU backend.
std::vector<device_info> list_devices(const std::string & backend_dir);

// As list_devices; also throws bad_input, with the reasons, when a GPU is asked for and there is none.
void require_device(const std::string & backend_dir, bool gpu);

} // namespace binding
