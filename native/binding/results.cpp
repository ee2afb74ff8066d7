// The trainer's results → JavaScript objects of index.d.ts. Engine process.
#include "results.h"

#include <cstring>

namespace binding {

// --- arrays --------------------------------------------------------------------------------------------------------

template <typename A, typename T> static A copied_array(Napi::Env env, const std::vector<T> & values) {
    A array = A::New(env, values.size());
    if (!values.empty()) {
        std::memcpy(array.Data(), values.data(), values.size() * sizeof(T));
    }
    return array;
}

Napi::Float32Array float32_array(Napi::Env env, const std::vector<float> & values) { return copied_array<Napi::Float32Array>(env, values); }
Napi::Float64Array float64_array(Napi::Env env, const std::vector<double> & values) { return copied_array<Napi::Float64Array>(env, values); }
Napi::Int32Array int32_array(Napi::Env env, const std::vector<int32_t> & values) { return copied_array<Napi::Int32Array>(env, values); }

Napi::Uint8Array bytes_array(Napi::Env env, const void * data, size_t size_bytes) {
    Napi::Uint8Array array = Napi::Uint8Array::New(env, size_bytes);
    if (size_bytes > 0) {
        std::memcpy(array.Data(), data, size_bytes);
    }
    return array;
}

// An array of convert(item) for each item.
template <typename T, typename F> static Napi::Array list_of(Napi::Env env, const std::vector<T> & items, F && convert) {
    Napi::Array list = Napi::Array::New(env, items.size());
    for (size_t i = 0; i < items.size(); i++) {
        list.Set(static_cast<uint32_t>(i), convert(items[i]));
    }
    return list;
}

static Napi::Array float32_lists(Napi::Env env, const std::vector<std::vector<float>> & lists) {
    return list_of(env, lists, [env](const std::vector<float> & values) { return float32_array(env, values); });
}

static Napi::Array integer_list(Napi::Env env, const std::vector<int64_t> & values) {
    return list_of(env, values, [env](int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); });
}

static void set_number(Napi::Object object, const char * key, double value) { object.Set(key, Napi::Number::New(object.Env(), value)); }

// --- adapter -------------------------------------------------------------------------------------------------------

adapter_summary summarise(const tinylora::model & m, const tinylora::adapter & a) {
    adapter_summary summary{a.kind(), a.n_params(), a.parameter_runs(), {}, a.near_ties(), a.bases_fingerprint()};
    // Only TinyLoRA and given factors tie modules; elsewhere each module is a group of its own.
    const bool tied = summary.kind == "tinylora" || summary.kind == "factored";
    for (size_t i = 0; i < a.modules().size(); i++) {
        const tinylora::module_factors & factors = a.modules()[i];
        summary.groups.emplace_back(m.modules()[factors.module].name, tied ? factors.group : static_cast<int>(i));
    }
    return summary;
}

Napi::Object adapter_info(Napi::Env env, const adapter_summary & summary) {
    Napi::Object info = Napi::Object::New(env);
    info.Set("kind", summary.kind);
    set_number(info, "parameterCount", static_cast<double>(summary.n_params));
    info.Set("parameters", list_of(env, summary.parameter_runs, [env](const tinylora::parameter_run & run) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", run.name);
        set_number(entry, "offset", static_cast<double>(run.offset));
        entry.Set("shape", integer_list(env, run.shape));
        return entry;
    }));
    info.Set("groups", list_of(env, summary.groups, [env](const std::pair<std::string, int> & module) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("module", module.first);
        set_number(entry, "group", module.second);
        return entry;
    }));
    info.Set("nearlyEqualSingularValues", list_of(env, summary.near_ties, [env](const tinylora::near_tie & tie) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("module", tie.module);
        set_number(entry, "index", tie.index);
        set_number(entry, "ratio", tie.ratio);
        return entry;
    }));
    info.Set("basesFingerprint", summary.bases_fingerprint);
    return info;
}

// --- training ------------------------------------------------------------------------------------------------------

static Napi::Object group_result(Napi::Env env, const tinylora::group_result & group, bool grpo) {
    Napi::Object result = Napi::Object::New(env);
    const bool prefix_scored = !group.prefix_logprobs.empty();
    result.Set("prefixLogprobs", prefix_scored ? Napi::Value(float32_array(env, group.prefix_logprobs)) : env.Null());
    result.Set("prefixEntropy", prefix_scored ? Napi::Value(float32_array(env, group.prefix_entropy)) : env.Null());
    result.Set("suffixLogprobs", float32_lists(env, group.suffix_logprobs));
    result.Set("suffixEntropy", float32_lists(env, group.suffix_entropy));
    if (grpo) {
        result.Set("importanceWeights", float32_lists(env, group.importance_weights));
        result.Set("ratios", float32_lists(env, group.ratios));
        result.Set("k3", float32_lists(env, group.k3));
        result.Set("clipped", list_of(env, group.clipped, [env](const std::vector<uint8_t> & flags) {
            return bytes_array(env, flags.data(), flags.size());
        }));
        result.Set("lossGradients", float32_lists(env, group.loss_gradients));
    }
    return result;
}

Napi::Object pass_result(Napi::Env env, const tinylora::pass_result & result, bool grpo) {
    Napi::Object object = Napi::Object::New(env);
    set_number(object, "loss", result.loss);
    set_number(object, "tokensComputed", static_cast<double>(result.tokens_computed));
    object.Set("groups", list_of(env, result.groups, [env, grpo](const tinylora::group_result & g) { return group_result(env, g, grpo); }));
    return object;
}

Napi::Object optim_step_result(Napi::Env env, const tinylora::optim_step_result & result) {
    Napi::Object object = Napi::Object::New(env);
    set_number(object, "gradientNorm", result.gradient_norm);
    set_number(object, "parameterNorm", result.parameter_norm);
    set_number(object, "updateNorm", result.update_norm);
    return object;
}

// --- rollouts and merging ------------------------------------------------------------------------------------------

static const char * finish_reason_name(tinylora::finish_reason reason) {
    switch (reason) {
        case tinylora::finish_reason::end:       return "end";
        case tinylora::finish_reason::stop:      return "stop";
        case tinylora::finish_reason::length:    return "length";
        case tinylora::finish_reason::cancelled: return "cancelled";
    }
    return "cancelled";
}

static Napi::Object completion_object(Napi::Env env, const tinylora::completion & completion) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("tokens", int32_array(env, completion.tokens));
    object.Set("logprobs", float32_array(env, completion.logprobs));
    object.Set("finishReason", finish_reason_name(completion.reason));
    return object;
}

Napi::Object sample_result(Napi::Env env, const tinylora::sample_result & result) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("completions", list_of(env, result.completions, [env](const std::vector<tinylora::completion> & samples) {
        return list_of(env, samples, [env](const tinylora::completion & c) { return completion_object(env, c); });
    }));
    Napi::Object statistics = Napi::Object::New(env);
    set_number(statistics, "decodedTokens", static_cast<double>(result.statistics.decoded_tokens));
    set_number(statistics, "prefilledTokens", static_cast<double>(result.statistics.prefilled_tokens));
    set_number(statistics, "preemptions", static_cast<double>(result.statistics.preemptions));
    set_number(statistics, "prefillMs", result.statistics.prefill_ms);
    set_number(statistics, "decodeCalls", static_cast<double>(result.statistics.decode_calls));
    set_number(statistics, "durationMs", result.statistics.duration_ms);
    object.Set("statistics", statistics);
    return object;
}

Napi::Object merge_report(Napi::Env env, const tinylora::merge_report & report) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("modules", list_of(env, report.modules, [env](const tinylora::merge_module_report & module) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", module.name);
        set_number(entry, "fidelity", module.fidelity);
        set_number(entry, "changedFraction", module.changed_fraction);
        return entry;
    }));
    set_number(object, "fidelity", report.fidelity);
    set_number(object, "changedFraction", report.changed_fraction);
    return object;
}

Napi::Array device_list(Napi::Env env, const std::vector<device_info> & devices) {
    return list_of(env, devices, [env](const device_info & device) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", device.name);
        entry.Set("description", device.description);
        entry.Set("kind", device.kind);
        set_number(entry, "memoryTotalBytes", static_cast<double>(device.memory_total_bytes));
        set_number(entry, "memoryFreeBytes", static_cast<double>(device.memory_free_bytes));
        return entry;
    });
}

// --- model ---------------------------------------------------------------------------------------------------------

static const char * family_name(tinylora::model_family family) {
    switch (family) {
        case tinylora::model_family::llama: return "llama";
        case tinylora::model_family::qwen2: return "qwen2";
        case tinylora::model_family::qwen3: return "qwen3";
    }
    return "llama";
}

static std::string metadata_text(const llama_model * model, const char * key) {
    const int32_t length = llama_model_meta_val_str(model, key, nullptr, 0);
    if (length <= 0) {
        return "";
    }
    std::string text(static_cast<size_t>(length) + 1, '\0');
    llama_model_meta_val_str(model, key, text.data(), text.size());
    text.resize(static_cast<size_t>(length));
    return text;
}

static void set_vocabulary(Napi::Object info, const tinylora::model & m) {
    Napi::Env env = info.Env();
    const llama_vocab * vocab = m.vocab();
    const bool has_tokenizer = m.has_tokenizer();
    info.Set("hasTokenizer", has_tokenizer);
    // llama.cpp asserts on these questions when there is no vocabulary.
    const llama_token bos = has_tokenizer ? llama_vocab_bos(vocab) : LLAMA_TOKEN_NULL;
    info.Set("beginOfSequenceId", bos == LLAMA_TOKEN_NULL ? env.Null() : Napi::Value(Napi::Number::New(env, bos)));
    const llama_token eos = has_tokenizer ? llama_vocab_eos(vocab) : LLAMA_TOKEN_NULL;
    info.Set("endOfSequenceId", eos == LLAMA_TOKEN_NULL ? env.Null() : Napi::Value(Napi::Number::New(env, eos)));
    info.Set("addsBeginOfSequence", has_tokenizer && llama_vocab_get_add_bos(vocab));
    std::vector<int64_t> end_ids;
    for (llama_token id = 0; has_tokenizer && id < m.hparams().n_vocab; id++) {
        if (llama_vocab_is_eog(vocab, id)) {
            end_ids.push_back(id);
        }
    }
    info.Set("endOfGenerationIds", integer_list(env, end_ids));
    const char * chat_template = llama_model_chat_template(m.handle(), nullptr);
    info.Set("chatTemplate", chat_template == nullptr ? env.Null() : Napi::Value(Napi::String::New(env, chat_template)));
}

static void set_sizes(Napi::Object info, const tinylora::model_hparams & h) {
    set_number(info, "layerCount", h.n_layer);
    set_number(info, "embeddingSize", h.n_embd);
    set_number(info, "feedForwardSize", h.n_ff);
    set_number(info, "headCount", h.n_head);
    set_number(info, "keyValueHeadCount", h.n_head_kv);
    set_number(info, "headSize", h.head_dim);
    set_number(info, "vocabularySize", h.n_vocab);
    set_number(info, "trainedContextTokens", h.n_ctx_train);
    info.Set("tiedEmbeddings", h.tied_embeddings);
    info.Set("permutedQueryKey", h.family == tinylora::model_family::llama);
}

static Napi::Object module_info(Napi::Env env, const tinylora::linear_module & module) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", module.name);
    set_number(entry, "layer", module.layer);
    entry.Set("type", tinylora::module_type_name(module.type));
    set_number(entry, "inputSize", static_cast<double>(module.n_in));
    set_number(entry, "outputSize", static_cast<double>(module.n_out));
    entry.Set("weightType", ggml_type_name(module.weight->type));
    return entry;
}

Napi::Object model_info(Napi::Env env, const tinylora::model & m, const std::vector<file_tensor> & file_tensors) {
    Napi::Object info = Napi::Object::New(env);
    info.Set("family", family_name(m.hparams().family));
    info.Set("name", metadata_text(m.handle(), "general.name"));
    set_number(info, "parameterCount", static_cast<double>(llama_model_n_params(m.handle())));
    set_sizes(info, m.hparams());
    set_vocabulary(info, m);
    info.Set("modules", list_of(env, m.modules(), [env](const tinylora::linear_module & module) { return module_info(env, module); }));
    info.Set("tensors", list_of(env, file_tensors, [env](const file_tensor & tensor) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", tensor.name);
        entry.Set("type", ggml_type_name(tensor.type));
        entry.Set("shape", integer_list(env, tensor.shape));
        return entry;
    }));
    size_t free_bytes = 0, total_bytes = 0;
    ggml_backend_dev_memory(m.device(), &free_bytes, &total_bytes);
    info.Set("deviceMemoryBytes", static_cast<double>(total_bytes));
    info.Set("weightBytes", static_cast<double>(m.weight_bytes()));
    info.Set("backend", m.device() == nullptr ? "CPU" : ggml_backend_dev_name(m.device()));
    return info;
}

} // namespace binding
