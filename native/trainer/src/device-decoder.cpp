// Hands the kernels of native/kernels weights, prompts and sequences for the rollouts. Engine process.
#include "device-decoder.h"

#include <algorithm>
#include <numeric>

#include "parallel.h"
#include "tinylora/error.h"

namespace tinylora {

namespace {

// Rows of the embedding that a thread converts at a time.
constexpr size_t k_rows_a_range = 256;

ggml_backend_ptr backend_of(const model & m) {
    ggml_backend_ptr backend(ggml_backend_dev_init(m.device(), nullptr));
    if (!backend) {
        fail_internal(std::string("The backend ") + ggml_backend_dev_name(m.device()) + " could not be initialised.");
    }
    return backend;
}

} // namespace

decoder_weights::decoder_weights(const model & m)
    : model_(m), backend_(backend_of(m)),
      layers_(m, backend_.get(), /*exact =*/false, /*fixed =*/false, layer_reader::kernels) {}

// libllama keeps an embedding that is not tied in the host's memory.
const void * decoder_weights::embedding() const {
    if (model_.hparams().tied_embeddings) {
        return layers_.output->data;
    }
    const ggml_tensor * source = model_.tensor("token_embd.weight");
    const ggml_type type = layers_.output->type;
    ggml_backend_buffer_type_t beside = ggml_backend_buffer_get_type(layers_.output->buffer);
    if (source->type == type && ggml_backend_buffer_get_type(source->buffer) == beside) {
        return source->data;
    }
    if (embedding_ == nullptr) {
        embedding_ctx_ = make_graph_context(1);
        ggml_tensor * copy = ggml_new_tensor(embedding_ctx_.get(), type, GGML_MAX_DIMS, source->ne);
        embedding_buffer_.reset(ggml_backend_alloc_ctx_tensors_from_buft(embedding_ctx_.get(), beside));
        if (!embedding_buffer_) {
            throw error(
                error_code::out_of_memory,
                "Not enough memory for the embeddings of the rollouts. Use a smaller model, or free memory."
            );
        }
        copy_embedding(copy);
        embedding_ = copy->data;
    }
    return embedding_;
}

// In the head's type, some rows at a time.
void decoder_weights::copy_embedding(ggml_tensor * to) const {
    constexpr int64_t k_rows_at_once = 16384;
    const int64_t n = to->ne[0], n_rows = to->ne[1];
    const auto from_float = ggml_get_type_traits(to->type)->from_float_ref;
    std::vector<int32_t> tokens;
    std::vector<float> values;
    std::vector<uint8_t> bytes;
    for (int64_t first = 0; first < n_rows; first += k_rows_at_once) {
        tokens.resize((size_t)std::min(k_rows_at_once, n_rows - first));
        std::iota(tokens.begin(), tokens.end(), (int32_t)first);
        values.resize(tokens.size() * n);
        bytes.resize(tokens.size() * to->nb[1]);
        layers_.embed(tokens.data(), tokens.size(), values.data());
        for_ranges(
            tokens.size(),
            [&](size_t, size_t begin, size_t end) {
                from_float(values.data() + begin * n, bytes.data() + begin * to->nb[1], (int64_t)(end - begin) * n);
            },
            k_rows_a_range
        );
        ggml_backend_tensor_set(to, bytes.data(), (size_t)first * to->nb[1], bytes.size());
    }
}

std::unique_ptr<device_decoder> device_decoder::create(
    const std::string & library, const model & m, const decoder_weights & weights, const adapter * a
) {
    const training_weights & w = weights.layers();
    const bool known_adapter = a == nullptr || a->form() != adapter_form::dense;
    const bool known_head = w.output->type == w.layers[0].linear[0].w->type;
    if (!known_adapter || !known_head || !has_known_layers(w)) {
        return nullptr;
    }
    std::vector<tinylora_kernel_layer> layers;
    tinylora_decoder_model description{};
    description.layers = describe_layers(m, w, a, {}, layers);
    std::unique_ptr<device_decoder> decoder(new device_decoder(m, w, a));
    decoder->bringer_.attach(description.layers);
    decoder->f_ = kernel_library::load(library);
    if (!decoder->f_->supports(&description.layers)) {
        return nullptr;
    }
    description.n_vocab = m.hparams().n_vocab;
    description.embedding = weights.embedding();
    description.output = w.output->data;
    description.output_norm = (const float *)w.output_norm->data;
    const char * message = nullptr;
    decoder->decoder_ = decoder->f_->create_decoder(&description, &message);
    decoder->check(message);
    return decoder;
}

device_decoder::~device_decoder() {
    if (decoder_ != nullptr) {
        f_->destroy_decoder(decoder_);
    }
}

void device_decoder::check(const char * message) {
    bringer_.check();
    check_call(
        message, "Not enough memory for the rollouts. Lower contextTokens, maxSequences or batchTokens, or free memory."
    );
}

void device_decoder::reserve(int n_slots, int n_cells) {
    check(f_->reserve_decoder(decoder_, n_slots, n_cells));
}

void device_decoder::set_lanes(const std::vector<std::vector<float>> & params) {
    const size_t n = (size_t)adapter_->rank() * adapter_->rank(), n_modules = adapter_->modules().size();
    std::vector<float> cores(params.size() * n_modules * n);
    for (size_t lane = 0; lane < params.size(); ++lane) {
        for (size_t i = 0; i < n_modules; ++i) {
            adapter_->core(i, params[lane].data(), cores.data() + (lane * n_modules + i) * n);
        }
    }
    check(f_->set_decoder_cores(decoder_, cores.data(), (int)params.size()));
}

void device_decoder::prefill(const tinylora_prompts & prompts, const tinylora_draws & draws) {
    check(f_->prefill(decoder_, &prompts, &draws));
}

void device_decoder::step(const tinylora_sequences & sequences, const tinylora_draws & draws) {
    check(f_->step(decoder_, &sequences, &draws));
}

const std::vector<device_decoder::draw> & device_decoder::wait(size_t count) {
    tokens_.resize(count);
    logprobs_.resize(count);
    draws_.resize(count);
    check(f_->wait(decoder_, tokens_.data(), logprobs_.data()));
    for (size_t i = 0; i < count; ++i) {
        draws_[i] = {tokens_[i], logprobs_[i]};
    }
    return draws_;
}

void device_decoder::read_logits(int row, std::vector<float> & logits) {
    logits.resize((size_t)model_.hparams().n_vocab);
    check(f_->read_logits(decoder_, row, logits.data()));
}

void device_decoder::set_token(int slot, int32_t token) {
    check(f_->set_token(decoder_, slot, token));
}

} // namespace tinylora
