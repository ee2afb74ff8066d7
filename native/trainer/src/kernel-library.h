// The library built of native/kernels: loaded where it is found, and what of a model its kernels are told.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "../../kernels/kernels.h"
#include "tinylora/adapter.h"
#include "training-weights.h"

namespace tinylora {

struct kernel_library {
    decltype(&tinylora_kernel_supports) supports;
    decltype(&tinylora_pass_create) create;
    decltype(&tinylora_pass_destroy) destroy;
    decltype(&tinylora_pass_set_cores) set_cores;
    decltype(&tinylora_pass_bytes) bytes;
    decltype(&tinylora_pass_forward) forward;
    decltype(&tinylora_pass_backward) backward;
    decltype(&tinylora_decoder_create) create_decoder;
    decltype(&tinylora_decoder_destroy) destroy_decoder;
    decltype(&tinylora_decoder_reserve) reserve_decoder;
    decltype(&tinylora_decoder_set_cores) set_decoder_cores;
    decltype(&tinylora_decoder_prefill) prefill;
    decltype(&tinylora_decoder_step) step;
    decltype(&tinylora_decoder_wait) wait;
    decltype(&tinylora_decoder_read_logits) read_logits;
    decltype(&tinylora_decoder_set_token) set_token;

    // Loaded once a process and never unloaded: a driver does not like its user to go. Throws bad_input where it cannot
    // be loaded.
    static const kernel_library * load(const std::string & path);
};

// Where the gradients of one adapted module's factors are summed on the device, F32 [rank, in] and [out, rank].
struct factor_gradients {
    float *a, *b;
};

// The layers for the kernels, with `a` as the weights hold it; points into `layers`, which it fills. `gradients`: one
// an adapted module where a backward is to sum them, else empty.
tinylora_kernel_model describe_layers(
    const model & m, const training_weights & weights, const adapter * a,
    const std::vector<factor_gradients> & gradients, std::vector<tinylora_kernel_layer> & layers
);

// Whether the kernels know such layers: linear weights all float16 or all bfloat16, no norms of q and k, biases of q, k
// and v alone.
bool has_known_layers(const training_weights & weights);

// Brings layers for the library, through which no exception may pass. Stays where it is while the library has it.
class layer_bringer {
public:
    explicit layer_bringer(const training_weights & weights) : weights_(weights) {}
    layer_bringer(const layer_bringer &) = delete;

    // Has the library call it, where the weights have to be brought.
    void attach(tinylora_kernel_model & layers);
    // Throws what went wrong since the last call.
    void check();

private:
    static int bring(void * self, int layer);

    const training_weights & weights_;
    std::exception_ptr failure_;
};

// Throws what a call of the library says went wrong: out_of_memory with the text given, else internal.
void check_call(const char * message, const char * out_of_memory);

} // namespace tinylora
