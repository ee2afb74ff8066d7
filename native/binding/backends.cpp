// ggml's backend libraries. Engine process.
#include "backends.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>

#include "ggml-backend.h"
#include "ggml.h"
#include "tinylora/error.h"
#include "tinylora/failure-words.h"
#include "tinylora/log.h"

namespace binding {

namespace fs = std::filesystem;

namespace {

#if defined(_WIN32)
constexpr const char * k_gpu_libraries = "ggml-cuda.dll, or another kind such as ggml-vulkan.dll";
#elif defined(__APPLE__)
constexpr const char * k_gpu_libraries = "libggml-metal.so";
#else
constexpr const char * k_gpu_libraries = "libggml-cuda.so, or another kind such as libggml-vulkan.so";
#endif
#if defined(__linux__) && defined(__x86_64__)
constexpr const char * k_gpu_remedy = "Install CUDA's with npm run setup:cuda, set TINYLORA_BACKEND_DIR to a folder that has one";
#else
constexpr const char * k_gpu_remedy = "Set TINYLORA_BACKEND_DIR to a folder that has one";
#endif

std::mutex load_mutex;                                            // guards what follows
std::map<std::string, std::vector<device_info>> failures_by_dir;  // of the folders loaded so far

bool is_accelerator_library(const fs::path & file) {
#ifdef _WIN32
    const std::string prefix = "ggml-", extension = ".dll";
#else
    const std::string prefix = "libggml-", extension = ".so";
#endif
    const std::string name = file.filename().u8string();
    const bool is_backend = name.rfind(prefix, 0) == 0 && file.extension().u8string() == extension;
    return is_backend && name.rfind(prefix + "cpu", 0) != 0 && name.rfind(prefix + "base", 0) != 0;
}

// Loads every accelerator of the folder; what cannot be used is returned with ggml's own words.
std::vector<device_info> load_accelerators(const std::string & backend_dir) {
    std::error_code error;
    fs::directory_iterator files(fs::u8path(backend_dir), error);
    if (error) {
        tinylora::fail_input("Cannot read the backend folder '" + backend_dir + "': " + error.message() +
                             ". Install the package's native libraries, or set TINYLORA_BACKEND_DIR to the folder that has them.");
    }
    std::vector<device_info> failed;
    for (const fs::directory_entry & file : files) {
        if (!is_accelerator_library(file.path())) {
            continue;
        }
        const std::string path = file.path().u8string();
        const tinylora::log_capture log(GGML_LOG_LEVEL_INFO);
        const ggml_backend_reg_t backend = ggml_backend_load(path.c_str());
        if (backend == nullptr || ggml_backend_reg_dev_count(backend) == 0) {
            const std::string reason = tinylora::backend_failure(log.text(), path, std::getenv("CUDA_VISIBLE_DEVICES"));
            failed.push_back({file.path().filename().u8string(), reason, "failed", 0, 0});
        }
    }
    return failed;
}

const std::vector<device_info> & load_backends(const std::string & backend_dir) {
    const auto known = failures_by_dir.find(backend_dir);
    if (known != failures_by_dir.end()) {
        return known->second;
    }
    std::vector<device_info> failed = load_accelerators(backend_dir);
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
        ggml_backend_load_all_from_path(backend_dir.c_str());
    }
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
        tinylora::fail_input("The backend folder '" + backend_dir + "' has no CPU backend (libggml-cpu-*) that this machine can load. " +
                             "Install the package's native libraries, or set TINYLORA_BACKEND_DIR to the folder that has them.");
    }
    return failures_by_dir.emplace(backend_dir, std::move(failed)).first->second;
}

const char * kind_name(enum ggml_backend_dev_type type) {
    switch (type) {
        case GGML_BACKEND_DEVICE_TYPE_CPU:   return "cpu";
        case GGML_BACKEND_DEVICE_TYPE_GPU:   return "gpu";
        case GGML_BACKEND_DEVICE_TYPE_IGPU:  return "igpu";
        case GGML_BACKEND_DEVICE_TYPE_ACCEL: return "accel";
        case GGML_BACKEND_DEVICE_TYPE_META:  return "meta";
    }
    return "accel";
}

} // namespace

std::vector<device_info> list_devices(const std::string & backend_dir) {
    std::lock_guard<std::mutex> lock(load_mutex);
    const std::vector<device_info> & failed = load_backends(backend_dir);
    std::vector<device_info> devices;
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        const ggml_backend_dev_t device = ggml_backend_dev_get(i);
        size_t free_bytes = 0, total_bytes = 0;
        ggml_backend_dev_memory(device, &free_bytes, &total_bytes);
        const char * kind = kind_name(ggml_backend_dev_type(device));
        devices.push_back({ggml_backend_dev_name(device), ggml_backend_dev_description(device), kind, total_bytes, free_bytes});
    }
    devices.insert(devices.end(), failed.begin(), failed.end());
    return devices;
}

void require_device(const std::string & backend_dir, bool gpu) {
    const std::vector<device_info> devices = list_devices(backend_dir);
    if (!gpu || ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_GPU) != nullptr) {
        return;
    }
    std::string reasons;
    for (const device_info & device : devices) {
        if (device.kind == "failed") {
            reasons += " " + device.name + ": " + device.description + ".";
        }
    }
    if (reasons.empty()) {
        tinylora::fail_input("No GPU can be used: the backend folder '" + backend_dir + "' has no GPU backend (" + k_gpu_libraries +
                             "). " + k_gpu_remedy + ", or use the device cpu.");
    }
    tinylora::fail_input("No GPU can be used with the backends in '" + backend_dir + "'." + reasons + " Use the device cpu, or mend what is named.");
}

} // namespace binding
