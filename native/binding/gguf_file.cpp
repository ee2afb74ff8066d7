// Reading a GGUF's header and writing a model's live weights as an F32 GGUF. Engine process.
#include "gguf_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "tinylora/error.h"

namespace binding {

gguf_file::gguf_file(const std::string & path) {
    ggml_context * descriptions = nullptr;
    gguf_init_params params;
    params.no_alloc = true;
    params.ctx = &descriptions;
    header_.reset(gguf_init_from_file(path.c_str(), params));
    descriptions_.reset(descriptions);
    if (!header_) {
        tinylora::fail_input("Cannot read '" + path + "' as a GGUF file. Check that the file is complete, or download it again.");
    }
}

const ggml_tensor * gguf_file::description(int64_t index) const {
    return ggml_get_tensor(descriptions_.get(), gguf_get_tensor_name(header_.get(), index));
}

std::vector<file_tensor> gguf_file::tensors() const {
    std::vector<file_tensor> list;
    const int64_t count = gguf_get_n_tensors(header_.get());
    for (int64_t i = 0; i < count; i++) {
        const ggml_tensor * described = description(i);
        std::vector<int64_t> shape(described->ne, described->ne + ggml_n_dims(described));
        std::reverse(shape.begin(), shape.end());
        list.push_back({described->name, described->type, std::move(shape)});
    }
    return list;
}

namespace {

constexpr uint32_t file_type_all_f32 = LLAMA_FTYPE_ALL_F32;

// A file that disappears unless it is kept.
class pending_file {
public:
    explicit pending_file(const std::string & target) : target_(target), part_(target + ".part"), file_(ggml_fopen(part_.c_str(), "wb")) {
        if (file_ == nullptr) {
            fail();
        }
    }
    ~pending_file() {
        if (file_ != nullptr) {
            std::fclose(file_);
        }
        if (!kept_) {
            std::error_code ignored;
            std::filesystem::remove(std::filesystem::u8path(part_), ignored);
        }
    }
    pending_file(const pending_file &) = delete;
    pending_file & operator=(const pending_file &) = delete;

    FILE * handle() const { return file_; }

    void write(const void * data, size_t size_bytes) {
        if (std::fwrite(data, 1, size_bytes, file_) != size_bytes) {
            fail();
        }
    }

    void keep() {
        const int closed = std::fclose(file_);
        file_ = nullptr;
        if (closed != 0) {
            fail();
        }
        std::error_code error;
        std::filesystem::rename(std::filesystem::u8path(part_), std::filesystem::u8path(target_), error);
        if (error) {
            tinylora::fail_input("Cannot write '" + target_ + "': " + error.message() + ". Choose another path.");
        }
        kept_ = true;
    }

    [[noreturn]] void fail() const {
        tinylora::fail_input("Cannot write '" + target_ + "': " + std::strerror(errno) +
                             ". Choose a folder that can be written and has enough space.");
    }

private:
    std::string target_, part_;
    FILE * file_;
    bool kept_ = false;
};

struct context_deleter { void operator()(ggml_context * c) const { ggml_free(c); } };
struct header_deleter { void operator()(gguf_context * c) const { gguf_free(c); } };

// The source's metadata, and every tensor described as F32.
std::unique_ptr<gguf_context, header_deleter> f32_header(const gguf_file & source, ggml_context * descriptions) {
    std::unique_ptr<gguf_context, header_deleter> header(gguf_init_empty());
    gguf_set_kv(header.get(), source.header());
    gguf_set_val_u32(header.get(), "general.file_type", file_type_all_f32);
    const int64_t count = gguf_get_n_tensors(source.header());
    for (int64_t i = 0; i < count; i++) {
        const ggml_tensor * described = source.description(i);
        ggml_tensor * f32 = ggml_new_tensor(descriptions, GGML_TYPE_F32, ggml_n_dims(described), described->ne);
        ggml_set_name(f32, described->name);
        gguf_add_tensor(header.get(), f32);
    }
    return header;
}

} // namespace

void write_model_f32(const tinylora::model & m, const std::string & path, tinylora::progress & progress) {
    const gguf_file source(m.options().path);
    const int64_t count = gguf_get_n_tensors(source.header());
    ggml_init_params params;
    params.mem_size = (static_cast<size_t>(count) + 1) * ggml_tensor_overhead();
    params.mem_buffer = nullptr;
    params.no_alloc = true;
    const std::unique_ptr<ggml_context, context_deleter> descriptions(ggml_init(params));
    const auto header = f32_header(source, descriptions.get());

    pending_file file(path);
    if (!gguf_write_to_file_ptr(header.get(), file.handle(), /*only_meta =*/ true)) {
        file.fail();
    }
    const size_t alignment = gguf_get_alignment(header.get());
    const std::vector<char> padding(alignment, 0);
    for (int64_t i = 0; i < count; i++) {
        progress.check();
        const std::vector<float> values = tinylora::dequantise(m.tensor(gguf_get_tensor_name(header.get(), i)));
        const size_t size_bytes = values.size() * sizeof(float);
        file.write(values.data(), size_bytes);
        file.write(padding.data(), GGML_PAD(size_bytes, alignment) - size_bytes);
        progress.done++;
    }
    file.keep();
}

} // namespace binding
