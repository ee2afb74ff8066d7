// What the user reads when a backend or a model cannot be loaded: lines of CUDA, Vulkan, ggml and libllama as they were logged.
#include "tinylora/failure-words.h"

#include <fstream>
#include <iterator>

#if defined(__linux__)
#include <sys/resource.h>
#endif

#include "test-model.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

const char * k_hidden_gpus =
    "ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected\n"
    "load_backend: loaded CUDA backend from /b/libggml-cuda.so\n";

void check_text(const std::string & text, const std::string & expected) { check(text == expected, "\"" + text + "\" is not \"" + expected + "\""); }

void names_why_a_backend_fails() {
    check_text(backend_failure(k_hidden_gpus, "/b/libggml-cuda.so", nullptr), "failed to initialize CUDA: no CUDA-capable device is detected");
    check_text(backend_failure(k_hidden_gpus, "/b/libggml-cuda.so", "-1"),
               "failed to initialize CUDA: no CUDA-capable device is detected. The environment variable CUDA_VISIBLE_DEVICES is \"-1\" and lets no "
               "GPU be seen: unset it, or set it to the number of a GPU, such as 0");
    check_text(backend_failure("load_backend: failed to load /b/libggml-cuda.so: libcudart.so.13: cannot open shared object file\n", "/b/libggml-cuda.so", ""),
               "libcudart.so.13: cannot open shared object file");
    check_text(backend_failure("ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version\n", "", ""),
               "failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version. Install a driver for CUDA 13 (580 or later)");
    check_text(backend_failure("ggml_vulkan: No devices found.\nload_backend: loaded Vulkan backend from /b/libggml-vulkan.so\n", "/b/libggml-vulkan.so", nullptr),
               "No devices found");
    check_text(backend_failure("", "/b/libggml-cuda.so", nullptr), "the library found no device on this machine");
}

void check_model_failure(const std::string & log, error_code code, const std::string & message) {
    const error failure = model_failure(log, "m.gguf");
    check(failure.code() == code, "the code of: " + message);
    check_text(failure.what(), message);
}

void tells_memory_from_the_file() {
    const std::string end = "llama_model_load_from_file_impl: failed to load model\n";
    check_model_failure(
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 93.87 MiB on device 0: cudaMalloc failed: out of memory\n"
        "alloc_tensor_range: failed to allocate CUDA0 buffer of size 98426112\n"
        "llama_model_load: error loading model: unable to allocate CUDA0 buffer\n" + end,
        error_code::out_of_memory,
        "Not enough memory to load m.gguf: allocating 93.87 MiB on device 0: cudaMalloc failed: out of memory. Use a smaller model, or free memory.");
    check_model_failure(
        "ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 98426112\n"
        "llama_model_load: error loading model: unable to allocate CPU buffer\n" + end,
        error_code::out_of_memory, "Not enough memory to load m.gguf: failed to allocate buffer of size 98426112. Use a smaller model, or free memory.");
    check_model_failure("llama_model_load: error loading model: std::bad_alloc\n" + end, error_code::out_of_memory,
                        "Not enough memory to load m.gguf: std::bad_alloc. Use a smaller model, or free memory.");
    // Pinned memory that is refused has a substitute: what stopped the load is the last line but one.
    check_model_failure(
        "ggml_cuda_host_malloc: failed to allocate 1.00 MiB of pinned memory: out of memory\n"
        "llama_model_load: error loading model: missing tensor 'blk.0.attn_q.weight'\n" + end,
        error_code::bad_input,
        "libllama could not load m.gguf: missing tensor 'blk.0.attn_q.weight'. Download or convert the model again, or choose another.");
    check_model_failure("", error_code::bad_input,
                        "libllama could not load m.gguf and does not say why. Download or convert the model again, or choose another.");
}

model_options options_for(const std::string & path) {
    model_options options;
    options.path = path;
    options.hash = "test";
    options.backend_dir = TINYLORA_BACKEND_DIR;
    return options;
}

void says_what_libllama_says() {
    std::ifstream original(shared_file("golden/llama-tied/model.gguf"), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(original)), std::istreambuf_iterator<char>());
    const std::string name = "blk.1.attn_q.weight";
    bytes.replace(bytes.find(name), name.size(), "blk.1.attn_x.weight");
    const std::string path = (std::filesystem::temp_directory_path() / "tinylora-missing-tensor.gguf").string();
    std::ofstream(path, std::ios::binary) << bytes;
    check_throws([&] { model::load(options_for(path)); }, path + ": tensor 'blk.1.attn_q.weight' not found.", "a file without a tensor");
    std::filesystem::remove(path);
}

// The address sanitiser's own memory counts too.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
uint64_t address_space_bytes() {
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * 4096;
}

// Last: the process has no memory to speak of afterwards.
void says_that_memory_is_short() {
    const std::string path = std::string(TINYLORA_REPOSITORY_DIR) + "/resources/models/chain.gguf";
    model::load(options_for(path));
    const uint64_t limit = address_space_bytes() + (1 << 20);
    const rlimit limits = {limit, limit};
    setrlimit(RLIMIT_AS, &limits);
    try {
        model::load(options_for(path));
        check(false, "a model fits where there is no memory for it");
    } catch (const error & failure) {
        check(failure.code() == error_code::out_of_memory, "the code of a load without memory");
        check(std::string(failure.what()).find("Not enough memory to load " + path) == 0, failure.what());
        std::printf("%s\n", failure.what());
    }
}
#else
void says_that_memory_is_short() {}
#endif

}  // namespace

int main() {
    install_log();
    names_why_a_backend_fails();
    tells_memory_from_the_file();
    says_what_libllama_says();
    says_that_memory_is_short();
    return finish();
}
