// ggml's backend libraries, its log and its last words. Engine process.
#include "backends.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>

#include "ggml-backend.h"
#include "ggml.h"
#include "llama.h"
#include "tinylora/error.h"

namespace binding {

namespace fs = std::filesystem;

namespace {

std::mutex load_mutex;                                            // guards what follows
std::map<std::string, std::vector<device_info>> failures_by_dir;  // of the folders loaded so far

std::mutex log_mutex;  // guards what follows
int log_mutes = 0;
std::string * log_capture = nullptr;  // where the log goes while a backend is loaded
bool last_level_shown = false;      // a continuation line follows its first line

void write_log(ggml_log_level level, const char * text, void *) {
    std::lock_guard<std::mutex> lock(log_mutex);
    if (level != GGML_LOG_LEVEL_CONT) {
        last_level_shown = level == GGML_LOG_LEVEL_ERROR;  // warnings speak to developers of llama.cpp
    }
    if (log_capture != nullptr && level != GGML_LOG_LEVEL_DEBUG) {
        *log_capture += text;
    } else if (last_level_shown && log_mutes == 0) {
        std::fputs(text, stderr);
    }
}

void write_last_words(const char * message) {
    std::fprintf(stderr, "The native engine aborted: %s\n", message);
    std::fflush(stderr);
}

void capture_log(std::string * target) {
    std::lock_guard<std::mutex> lock(log_mutex);
    log_capture = target;
}

// "load_backend: failed to load /x/libggml-cuda.so: libcudart.so.13: cannot open …\n" → "libcudart.so.13: cannot open …"
std::string reason_from_log(std::string text, const std::string & file) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    const std::string prefix = "load_backend: failed to load " + file + ": ";
    const size_t start = text.rfind(prefix, 0) == 0 ? prefix.size() : 0;
    const size_t end = text.find_last_not_of(' ');
    return end == std::string::npos ? "The library found no device on this machine." : text.substr(start, end + 1 - start);
}

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
        std::string log;
        capture_log(&log);
        const ggml_backend_reg_t backend = ggml_backend_load(path.c_str());
        capture_log(nullptr);
        if (backend == nullptr || ggml_backend_reg_dev_count(backend) == 0) {
            failed.push_back({file.path().filename().u8string(), reason_from_log(log, path), "failed", 0, 0});
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

void install_log() {
    ggml_log_set(write_log, nullptr);
    llama_log_set(write_log, nullptr);
    ggml_set_abort_callback(write_last_words);
}

void mute_log() {
    std::lock_guard<std::mutex> lock(log_mutex);
    log_mutes++;
}

void unmute_log() {
    std::lock_guard<std::mutex> lock(log_mutex);
    log_mutes--;
}

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
    tinylora::fail_input("No GPU can be used with the backends in '" + backend_dir + "'." + reasons + " Use the device cpu, or mend what is named.");
}

} // namespace binding
