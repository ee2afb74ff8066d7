// Picks the telling lines of a log.
#include "tinylora/failure-words.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace tinylora {

namespace {

std::vector<std::string> lines_of(const std::string & log) {
    std::vector<std::string> lines;
    std::istringstream stream(log);
    for (std::string line; std::getline(stream, line);) {
        line.erase(line.find_last_not_of(" \r.") + 1);
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

bool starts_with(const std::string & text, const std::string & prefix) { return text.rfind(prefix, 0) == 0; }

bool contains(const std::string & text, const std::string & part) { return text.find(part) != std::string::npos; }

const std::string k_model_error = "error loading model: ";

// "alloc_tensor_range: failed to allocate …" → "failed to allocate …"
std::string without_function(const std::string & line) {
    const size_t colon = line.find(": ");
    const auto is_identifier = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
    const bool names_function = colon != std::string::npos && std::all_of(line.begin(), line.begin() + colon, is_identifier);
    return names_function ? line.substr(colon + 2) : line;
}

// "llama_model_load: error loading model: llama_x: missing tensor …" → "missing tensor …"
std::string words_of(const std::string & line) {
    const size_t at = line.find(k_model_error);
    return without_function(at == std::string::npos ? line : line.substr(at + k_model_error.size()));
}

// As CUDA, Vulkan, ggml, libllama and the C++ library call it.
bool is_about_memory(std::string line) {
    std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) { return (char) std::tolower(c); });
    for (const char * words : {"out of memory", "outofdevicememory", "outofhostmemory", "failed to allocate", "unable to allocate",
                               "insufficient memory", "memory allocation", "bad_alloc"}) {
        if (contains(line, words)) {
            return true;
        }
    }
    return false;
}

// What libllama gives as the error; else its last words; empty where it said nothing.
std::string model_error(const std::vector<std::string> & lines) {
    const auto named = std::find_if(lines.begin(), lines.end(), [](const std::string & line) { return contains(line, k_model_error); });
    if (named != lines.end()) {
        return words_of(*named);
    }
    return lines.empty() ? "" : words_of(lines.back());
}

}  // namespace

std::string backend_failure(const std::string & log, const std::string & file, const char * visible_devices) {
    const std::string refusal = "load_backend: failed to load " + file + ": ";
    std::string reason;
    for (const std::string & line : lines_of(log)) {
        if (!starts_with(line, "load_backend: loaded ")) {
            reason += (reason.empty() ? "" : "; ") + (starts_with(line, refusal) ? line.substr(refusal.size()) : words_of(line));
        }
    }
    if (reason.empty()) {
        reason = "the library found no device on this machine";
    }
    if (contains(reason, "driver version is insufficient")) {
        reason += ". Install a driver for CUDA 13 (580 or later)";
    }
    if (visible_devices != nullptr && contains(reason, "no CUDA-capable device")) {
        reason += ". The environment variable CUDA_VISIBLE_DEVICES is \"" + std::string(visible_devices) +
                  "\" and lets no GPU be seen: unset it, or set it to the number of a GPU, such as 0";
    }
    return reason;
}

error model_failure(const std::string & log, const std::string & path) {
    const std::vector<std::string> lines = lines_of(log);
    const std::string cause = model_error(lines);
    if (is_about_memory(cause)) {
        // The first such line says how much was asked for, and where.
        const std::string first = words_of(*std::find_if(lines.begin(), lines.end(), is_about_memory));
        return error(error_code::out_of_memory, "Not enough memory to load " + path + ": " + first + ". Use a smaller model, or free memory.");
    }
    const std::string reason = cause.empty() ? " and does not say why" : ": " + cause;
    return error(error_code::bad_input, "libllama could not load " + path + reason + ". Download or convert the model again, or choose another.");
}

}  // namespace tinylora
