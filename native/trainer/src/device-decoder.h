// Decoding by the kernels of native/kernels: hands them weights, prompts and sequences (engine process).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ggml-cpp.h"
#include "kernel-library.h"
#include "tinylora/adapter.h"
#include "training-weights.h"

struct tinylora_decoder;
struct tinylora_draws;
struct tinylora_prompts;
struct tinylora_sequences;

namespace tinylora {

// What the decoders of one model share: its weights where the kernels read them, with the adapter's factors, and the
// token embedding beside the output head.
class decoder_weights {
public:
    // Throws out_of_memory.
    explicit decoder_weights(const model & m);

    training_weights & layers() { return layers_; }
    const training_weights & layers() const { return layers_; }
    // [n_vocab, n_embd] in the head's type. Made when it is first asked for.
    const void * embedding() const;

private:
    void copy_embedding(ggml_tensor * to) const;

    const model & model_;
    ggml_backend_ptr backend_;
    training_weights layers_; // of layer_reader::kernels
    mutable ggml_context_ptr embedding_ctx_;
    mutable ggml_backend_buffer_ptr embedding_buffer_;
    mutable const void * embedding_ = nullptr;
};

class device_decoder {
public:
    struct draw {
        int32_t token;
        float logprob;
    };

    // nullptr where `library` lacks kernels for these weights or this adapter: factored ones and LoRA of rank at most
    // 8, or none, on weights as device_pass has them. `weights` has that adapter and outlives the decoder.
    // Throws bad_input where the library cannot be loaded.
    static std::unique_ptr<device_decoder>
    create(const std::string & library, const model & m, const decoder_weights & weights, const adapter * a);
    ~device_decoder();

    // Memory for so many sequences and cells; what they held, and work under way, is lost. Throws out_of_memory.
    void reserve(int n_slots, int n_cells);
    // θ of each lane.
    void set_lanes(const std::vector<std::vector<float>> & params);

    // See native/kernels/kernels.h.
    void prefill(const tinylora_prompts & prompts, const tinylora_draws & draws);
    void step(const tinylora_sequences & sequences, const tinylora_draws & draws);
    // The draws of the oldest work under way, `count` of them.
    const std::vector<draw> & wait(size_t count);
    void read_logits(int row, std::vector<float> & logits);
    void set_token(int slot, int32_t token);

private:
    device_decoder(const model & m, const training_weights & weights, const adapter * a)
        : model_(m), adapter_(a), bringer_(weights) {}
    void check(const char * message);

    const model & model_;
    const adapter * adapter_;
    layer_bringer bringer_;
    const kernel_library * f_ = nullptr;
    tinylora_decoder * decoder_ = nullptr;
    std::vector<int32_t> tokens_;
    std::vector<float> logprobs_;
    std::vector<draw> draws_;
};

} // namespace tinylora
