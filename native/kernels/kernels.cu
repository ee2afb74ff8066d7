// The library's C interface over the training pass and the decoder. See kernels.h.
#include "kernels.h"

#include "decoder.cuh"
#include "training-pass.cuh"

using namespace tinylora_kernels;

namespace {

// For the weights' type and the least padded rank that holds the adapter's.
template <template <typename, int> class User, typename Interface, typename Model>
Interface * create(const Model & model, const tinylora_kernel_model & layers) {
    const bool narrow = layers.rank <= k_least_rank;
    if (layers.weight_type == TINYLORA_KERNEL_F16) {
        return narrow ? (Interface *)new User<__half, k_least_rank>(model) : new User<__half, k_padded_rank>(model);
    }
    return narrow ? (Interface *)new User<bf16, k_least_rank>(model) : new User<bf16, k_padded_rank>(model);
}

// Runs f; what it throws becomes the message.
template <typename F> const char * guarded(std::string & message, F f) {
    try {
        f();
        return nullptr;
    } catch (const std::exception & e) {
        message = e.what();
        return message.c_str();
    }
}

} // namespace

extern "C" {

int tinylora_kernel_supports(const tinylora_kernel_model * m) {
    const int dims[] = {16, 32, 64, 128};
    const bool known_dim = std::find(std::begin(dims), std::end(dims), m->head_dim) != std::end(dims);
    // cuBLAS' fast kernels want rows of 16 bytes.
    const bool aligned = m->n_embd % 8 == 0 && m->n_ff % 8 == 0;
    return known_dim && aligned && m->rank <= k_padded_rank && m->n_head % m->n_head_kv == 0;
}

tinylora_pass * tinylora_pass_create(const tinylora_kernel_model * model, const char ** message) {
    static thread_local std::string failure;
    tinylora_pass * pass = nullptr;
    *message = guarded(failure, [&] { pass = create<training_pass, tinylora_pass>(*model, *model); });
    return pass;
}

void tinylora_pass_destroy(tinylora_pass * pass) {
    delete pass;
}

const char * tinylora_pass_set_cores(tinylora_pass * pass, const float * cores) {
    return guarded(pass->message, [&] { pass->set_cores(cores); });
}

size_t tinylora_pass_bytes(const tinylora_pass * pass, int n_tokens, int kept) {
    return pass->bytes(n_tokens, kept != 0);
}

const char * tinylora_pass_forward(
    tinylora_pass * pass, const tinylora_pass_batch * batch, const float * x, float * y, int kept, size_t limit_bytes
) {
    return guarded(pass->message, [&] { pass->forward(*batch, x, y, kept != 0, limit_bytes); });
}

const char * tinylora_pass_backward(tinylora_pass * pass, float * dy, double * core_gradients) {
    return guarded(pass->message, [&] { pass->backward(dy, core_gradients); });
}

tinylora_decoder * tinylora_decoder_create(const tinylora_decoder_model * model, const char ** message) {
    static thread_local std::string failure;
    tinylora_decoder * decoder = nullptr;
    *message = guarded(failure, [&] { decoder = create<sequence_decoder, tinylora_decoder>(*model, model->layers); });
    return decoder;
}

void tinylora_decoder_destroy(tinylora_decoder * decoder) {
    delete decoder;
}

const char * tinylora_decoder_reserve(tinylora_decoder * decoder, int n_slots, int n_cells) {
    return guarded(decoder->message, [&] { decoder->reserve(n_slots, n_cells); });
}

const char * tinylora_decoder_set_cores(tinylora_decoder * decoder, const float * cores, int n_lanes) {
    return guarded(decoder->message, [&] { decoder->set_cores(cores, n_lanes); });
}

const char *
tinylora_decoder_prefill(tinylora_decoder * decoder, const tinylora_prompts * prompts, const tinylora_draws * draws) {
    return guarded(decoder->message, [&] { decoder->prefill(*prompts, *draws); });
}

const char *
tinylora_decoder_step(tinylora_decoder * decoder, const tinylora_sequences * sequences, const tinylora_draws * draws) {
    return guarded(decoder->message, [&] { decoder->step(*sequences, *draws); });
}

const char * tinylora_decoder_wait(tinylora_decoder * decoder, int32_t * tokens, float * logprobs) {
    return guarded(decoder->message, [&] { decoder->wait(tokens, logprobs); });
}

const char * tinylora_decoder_read_logits(tinylora_decoder * decoder, int row, float * logits) {
    return guarded(decoder->message, [&] { decoder->read_logits(row, logits); });
}

const char * tinylora_decoder_set_token(tinylora_decoder * decoder, int slot, int32_t token) {
    return guarded(decoder->message, [&] { decoder->set_token(slot, token); });
}
}
