// Rollouts by the kernels of native/kernels, emulated on the CPU: the same completions as libllama's with one cache for all,
// in several waves, with prompts of different lengths, lanes and adapters, and with answers of all lengths; and log-probs
// against the training pass of the same kernels.
#include <filesystem>

#include "ggml-cpp.h"
#include "gguf.h"
#include "rollout-cases.h"
#include "tinylora/gradient.h"

using namespace tinylora;
using namespace tinylora_test;

#ifndef TINYLORA_EMULATED_KERNELS
int main() {
    std::printf("Skipped: the emulation of the kernels is built on Linux only.\n");
    return 77;
}
#else

namespace {

rollout_options kernel_options(int sequences) {
    rollout_options options = options_of(cache_layout::streams, sequences);
    options.cache_f32 = false;
    options.kernel_library = TINYLORA_EMULATED_KERNELS;
    return options;
}

rollout_options reference_options(int sequences) { return options_of(cache_layout::unified, sequences); }

void same_as_libllama(const model & m, const std::string & name, double most_parted = 0.25) {
    progress p;
    sample_request request = request_of(7, 3, 9, m.hparams().n_vocab);
    request.temperature = 0.8f;
    rollout_engine reference(m, reference_options(21), p);
    const sample_result expected = reference.sample(request);
    for (const int sequences : {21, 5}) {
        rollout_engine engine(m, kernel_options(sequences), p);
        const sample_result result = engine.sample(request);
        const std::string what = name + ", " + std::to_string(sequences) + " sequences";
        check_same(expected, result, what, most_parted);
        check(p.done == 21 && p.total == 21, what + ": progress counts completions");
        check(sequences < 21 || result.statistics.prefilled_tokens == expected.statistics.prefilled_tokens, what + ": each prompt is computed once");
        check(result.statistics.decoded_tokens == expected.statistics.decoded_tokens, what + ": no drawn token is lost");
        check_same(result, engine.sample(request), what + ", asked again", most_parted);
    }
}

// Quantised weights brought a layer at a time are the float16 copies of them all.
void same_as_copies(const std::string & name) {
    const auto brought = load_model("golden/" + name + "/model.gguf"), copied = load_model("golden/" + name + "/model.gguf", true);
    progress p;
    sample_request request = request_of(7, 3, 9, brought->hparams().n_vocab);
    rollout_engine engine(*brought, kernel_options(5), p), reference(*copied, kernel_options(5), p);
    check_same(reference.sample(request), engine.sample(request), name + ", a layer at a time", 0.0);
}

void other_requests(const model & m) {
    progress p;
    sample_request request = request_of(4, 2, 6, m.hparams().n_vocab);
    rollout_engine reference(m, reference_options(8), p), engine(m, kernel_options(8), p);
    request.temperature = 0;
    check_same(reference.sample(request), engine.sample(request), "greedy");
    request.temperature = 1;
    request.top_k = 5;
    check_same(reference.sample(request), engine.sample(request), "top-k");
    request.top_k = 0;
    request.max_tokens = 1;
    check_same(reference.sample(request), engine.sample(request), "one token each");
    check_throws([&] {
        request.max_tokens = 300;
        engine.sample(request);
    }, "Raise contextTokens", "a completion longer than its share");
    p.cancel_requested = true;
    request.max_tokens = 6;
    check_throws([&] { engine.sample(request); }, "", "a cancelled call");
    p.cancel_requested = false;
    check_same(reference.sample(request), engine.sample(request), "after a cancelled call");
}

// The file with its matrices as float16, all but the token embedding, which is not tied and so has to be copied beside the head.
std::unique_ptr<model> with_float32_embedding(const std::string & from, const std::filesystem::path & to) {
    ggml_context * data = nullptr;
    gguf_context_ptr file(gguf_init_from_file(shared_file(from).c_str(), {/*no_alloc =*/false, &data}));
    ggml_context_ptr originals(data), copies(ggml_init({size_t(64) << 20, nullptr, /*no_alloc =*/false}));
    gguf_context_ptr out(gguf_init_empty());
    gguf_set_kv(out.get(), file.get());
    for (int64_t i = 0; i < gguf_get_n_tensors(file.get()); i++) {
        ggml_tensor * t = ggml_get_tensor(data, gguf_get_tensor_name(file.get(), i));
        ggml_tensor * copy = t;
        if (t->ne[1] > 1 && std::string(t->name) != "token_embd.weight") {
            copy = ggml_new_tensor(copies.get(), GGML_TYPE_F16, GGML_MAX_DIMS, t->ne);
            ggml_fp32_to_fp16_row((const float *) t->data, (ggml_fp16_t *) copy->data, ggml_nelements(t));
            ggml_set_name(copy, t->name);
        }
        gguf_add_tensor(out.get(), copy);
    }
    check(gguf_write_to_file(out.get(), to.string().c_str(), /*only_meta =*/false), "the converted model is written");
    model_options options;
    options.path = to.string();
    options.hash = "test";
    options.backend_dir = TINYLORA_BACKEND_DIR;
    return model::load(options);
}

// A LoRA of rank 16 is beyond the kernels: libllama takes over, and gives back.
void lanes_and_adapters(const model & m) {
    progress p;
    sample_request request = request_of(6, 2, 7, m.hparams().n_vocab);
    rollout_engine reference(m, reference_options(12), p), engine(m, kernel_options(12), p);
    for (const int rank : {2, 8, 16}) {
        const lora_case lora = some_lora(m, rank);
        for (rollout_engine * e : {&reference, &engine}) {
            e->set_adapter(lora.a.get());
            e->set_lanes({lora.params});
        }
        check_same(reference.sample(request), engine.sample(request), "LoRA of rank " + std::to_string(rank));
        for (rollout_engine * e : {&reference, &engine}) {
            e->set_adapter(nullptr);
        }
    }
    check_same(reference.sample(request), engine.sample(request), "without an adapter");

    const lanes_case three = three_lanes(m);
    for (size_t i = 0; i < request.prompts.size(); i++) {
        request.prompts[i].lane = uint32_t(i % 3);
    }
    for (rollout_engine * e : {&reference, &engine}) {
        e->set_adapter(three.a.get());
        e->set_lanes(three.lanes);
    }
    check_same(reference.sample(request), engine.sample(request), "three lanes");
}

// What was sampled, scored by the training pass of the same kernels.
void sampling_against_scoring(const model & m, double bound) {
    progress p;
    const lanes_case three = three_lanes(m);
    const std::vector<float> & params = three.lanes[0];
    const sample_request request = request_of(5, 2, 8, m.hparams().n_vocab);
    rollout_engine engine(m, kernel_options(10), p);
    engine.set_adapter(three.a.get());
    engine.set_lanes({params});
    const sample_result sampled = engine.sample(request);

    trainer_options options;
    options.kernel_library = TINYLORA_EMULATED_KERNELS;
    trainer t(m, options, p);
    t.set_adapter(three.a.get());
    t.set_params(params);
    std::vector<sequence_group> groups(request.prompts.size());
    for (size_t i = 0; i < groups.size(); i++) {
        groups[i].prefix = request.prompts[i].tokens;
        for (const completion & c : sampled.completions[i]) {
            groups[i].suffixes.push_back(c.tokens);
            groups[i].suffix_weights.emplace_back(c.tokens.size(), 0.0f);
        }
    }
    const pass_result scored = t.pass(groups, {});
    double worst = 0;
    for (size_t i = 0; i < groups.size(); i++) {
        for (size_t j = 0; j < groups[i].suffixes.size(); j++) {
            const completion & c = sampled.completions[i][j];
            for (size_t k = 0; k < c.tokens.size(); k++) {
                worst = std::max(worst, std::fabs(double(c.logprobs[k]) - scored.groups[i].suffix_logprobs[j][k]));
            }
        }
    }
    std::printf("  sampled against scored: %.2e\n", worst);
    check_near(worst, 0, bound, "log-probs of sampling against the training pass");
}

// The built-in model answers at once (4 tokens) or with its working (7).
void answers_of_all_lengths() {
    const auto m = load_chain(true);
    sample_request request = chain_request(*m, 16);
    progress p;
    rollout_engine reference(*m, reference_options(16), p), engine(*m, kernel_options(16), p);
    const sample_result result = engine.sample(request);
    check(early_ends(result) >= 4 && early_ends(result) < 16, "a part of the answers ends early: " + std::to_string(early_ends(result)) + " of 16");
    check_same(reference.sample(request), result, "answers of all lengths");
}

} // namespace

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const auto f16 = load_model("golden/qwen2-f16/model.gguf");
    same_as_libllama(*f16, "float16");
    same_as_libllama(*load_model("golden/qwen2-bf16/model.gguf"), "bfloat16", 0.5);  // activations of 8 bits
    same_as_libllama(*load_model("golden/llama-q4_1/model.gguf", true), "dequantised Q4_1");
    same_as_copies("llama-q4_k_m");
    const auto converted = std::filesystem::temp_directory_path() / "tinylora-kernel-rollout-test.gguf";
    same_as_libllama(*with_float32_embedding("golden/qwen2-untied/model.gguf", converted), "embedding not tied");
    std::filesystem::remove(converted);
    other_requests(*f16);
    lanes_and_adapters(*f16);
    sampling_against_scoring(*f16, 1e-2);
    answers_of_all_lengths();
    return finish();
}

#endif
