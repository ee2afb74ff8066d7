// What the log of ggml and libllama says of a failure, as sentences for the user. Pure.
#pragma once

#include <string>

#include "tinylora/error.h"

namespace tinylora {

// Why a backend's library cannot be used, without a full stop.
// visible_devices: CUDA_VISIBLE_DEVICES; nullptr where it is not set
std::string backend_failure(const std::string & log, const std::string & file, const char * visible_devices);

// Why libllama could not load the file: out_of_memory where a buffer could not be had, else bad_input.
error model_failure(const std::string & log, const std::string & path);

} // namespace tinylora
