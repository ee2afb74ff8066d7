// Loads a model of the shared data for a test, with libllama's messages kept quiet.
#pragma once

#include <memory>
#include <string>

#include "check.h"
#include "tinylora/log.h"
#include "tinylora/model.h"

namespace tinylora_test {

// `path` within the shared data, e.g. "golden/llama-tied/model.gguf".
inline std::unique_ptr<tinylora::model> load_model(const std::string & path, bool dequantise = false) {
    tinylora::install_log();
    tinylora::model_options options;
    options.path = shared_file(path);
    options.hash = "test";
    options.backend_dir = TINYLORA_BACKEND_DIR;
    options.dequantise = dequantise;
    return tinylora::model::load(options);
}

} // namespace tinylora_test
