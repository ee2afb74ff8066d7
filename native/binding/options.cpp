// JavaScript options and requests → the trainer's structs, checked field by field (see index.d.ts). Engine process.
#include "options.h"

#include <climits>
#include <utility>

namespace binding {

using tinylora::module_type;

static constexpr int64_t max_seed = 1ll << 53;  // above this a JavaScript number is no exact integer
static constexpr int max_threads = 1024;
static constexpr int max_sequences_a_worker = 512;  // libllama's limit, raised by our patch

// --- session -------------------------------------------------------------------------------------------------------

static std::string read_sha256(const argument & hash) {
    const std::string hex = hash.text();
    const bool valid = hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!valid) {
        hash.fail("the file's SHA-256 as 64 lower-case hexadecimal digits");
    }
    return hex;
}

session_options read_session_options(const argument & options) {
    session_options read;
    read.model.path = options.field("modelPath").non_empty_text();
    read.model.hash = read_sha256(options.field("modelHash"));
    read.model.backend_dir = options.field("backendDir").non_empty_text();
    read.kernel_library = options.field("kernelLibrary").text();
    read.model.gpu = options.field("device").choice<bool>({{"cpu", false}, {"gpu", true}});
    read.exact = options.field("numerics").choice<bool>({{"native", false}, {"exact", true}});
    read.model.dequantise = read.model.gpu;
    read.threads = static_cast<int>(options.field("threads").integer(1, max_threads));
    read.workers = static_cast<int>(options.field("workers").integer(0, max_threads));
    read.bases_dir = options.field("basesDir").non_empty_text();
    return read;
}

// --- adapters ------------------------------------------------------------------------------------------------------

static std::vector<module_type> read_targets(const argument & targets) {
    std::vector<module_type> types;
    const uint32_t count = targets.length();
    for (uint32_t i = 0; i < count; i++) {
        types.push_back(targets.element(i).choice<module_type>({{"attn_q", module_type::attn_q},
                                                                {"attn_k", module_type::attn_k},
                                                                {"attn_v", module_type::attn_v},
                                                                {"attn_output", module_type::attn_output},
                                                                {"ffn_gate", module_type::ffn_gate},
                                                                {"ffn_up", module_type::ffn_up},
                                                                {"ffn_down", module_type::ffn_down}}));
    }
    return types;
}

// Whole numbers of a specification; that they suit the model is checked by the adapter itself.
static int read_count(const argument & count) { return static_cast<int>(count.integer(INT_MIN, INT_MAX)); }

static tinylora::tinylora_spec read_tinylora(const argument & spec) {
    using tinylora::tying;
    tinylora::tinylora_spec read;
    read.rank = read_count(spec.field("rank"));
    read.u = read_count(spec.field("u"));
    read.tie = spec.field("tying").choice<tying>(
        {{"tiled", tying::tiled}, {"structured", tying::structured}, {"balanced", tying::balanced}, {"all", tying::all}});
    read.n_tie = read_count(spec.field("nTie"));
    read.projection_seed = static_cast<uint64_t>(spec.field("projectionSeed").integer(0, max_seed));
    read.unit_norm_projection = spec.field("unitNormProjection").flag();
    read.trainable_rank = read_count(spec.field("trainableRank"));
    read.targets = read_targets(spec.field("targets"));
    return read;
}

static tinylora::lora_xs_spec read_lora_xs(const argument & spec) {
    tinylora::lora_xs_spec read;
    read.rank = read_count(spec.field("rank"));
    read.targets = read_targets(spec.field("targets"));
    return read;
}

static tinylora::lora_spec read_lora(const argument & spec) {
    tinylora::lora_spec read;
    read.rank = read_count(spec.field("rank"));
    read.alpha = static_cast<float>(spec.field("alpha").not_negative());
    read.seed = static_cast<uint64_t>(spec.field("seed").integer(0, max_seed));
    read.targets = read_targets(spec.field("targets"));
    return read;
}

static tinylora::factored_spec read_factored(const argument & spec) {
    tinylora::factored_spec read;
    read.rank = read_count(spec.field("rank"));
    read.u = read_count(spec.field("u"));
    read.group_count = read_count(spec.field("groupCount"));
    const argument modules = spec.field("modules");
    const uint32_t count = modules.length();
    for (uint32_t i = 0; i < count; i++) {
        const argument given = modules.element(i);
        tinylora::factored_module_spec module;
        module.name = given.field("name").non_empty_text();
        module.group = read_count(given.field("group"));
        module.a = given.field("a_R_I").floats(argument::any_count);
        module.b = given.field("b_O_R").floats(argument::any_count);
        module.p = given.field("p_U_R_R").floats(argument::any_count);
        read.modules.push_back(std::move(module));
    }
    return read;
}

adapter_spec read_adapter_spec(const argument & spec) {
    enum class kind { tinylora, lora_xs, lora, full, factored };
    switch (spec.field("kind").choice<kind>({{"tinylora", kind::tinylora},
                                             {"lora-xs", kind::lora_xs},
                                             {"lora", kind::lora},
                                             {"full", kind::full},
                                             {"factored", kind::factored}})) {
        case kind::tinylora: return read_tinylora(spec);
        case kind::lora_xs:  return read_lora_xs(spec);
        case kind::lora:     return read_lora(spec);
        case kind::factored: return read_factored(spec);
        case kind::full:     return full_spec{};
    }
    return full_spec{};
}

// --- training pass -------------------------------------------------------------------------------------------------

tinylora::pass_options read_pass_options(const argument & options) {
    tinylora::pass_options read;
    read.temperature = static_cast<float>(options.field("temperature").positive());
    read.backward = options.field("backward").flag();
    const argument adapter_off = options.field("adapterOff");
    read.adapter_off = !adapter_off.absent() && adapter_off.flag();
    const argument micro_batch = options.field("microBatchTokens");
    read.micro_batch_tokens = micro_batch.absent() ? 0 : static_cast<int>(micro_batch.integer(0, INT_MAX));
    const argument grpo = options.field("grpo");
    read.grpo = !grpo.absent();
    if (read.grpo) {
        read.objective.clip_epsilon = static_cast<float>(grpo.field("clipEpsilon").not_negative());
        read.objective.importance_cap = static_cast<float>(grpo.field("importanceCap").not_negative());
        read.objective.kl_coefficient = static_cast<float>(grpo.field("klCoefficient").not_negative());
    }
    return read;
}

// One Float32Array a suffix, each as long as its suffix.
static std::vector<std::vector<float>> read_token_lists(const argument & lists, const std::vector<std::vector<int32_t>> & suffixes) {
    const uint32_t count = lists.length();
    if (count != suffixes.size()) {
        lists.fail_with("must hold one array for each of the " + std::to_string(suffixes.size()) + " suffixes; got " + std::to_string(count) + ".");
    }
    std::vector<std::vector<float>> read;
    for (uint32_t i = 0; i < count; i++) {
        read.push_back(lists.element(i).floats(suffixes[i].size()));
    }
    return read;
}

static void read_grpo_fields(const argument & group, const tinylora::grpo_objective & objective, tinylora::sequence_group & read) {
    read.advantages = group.field("advantages").floats(read.suffixes.size());
    read.token_scales = group.field("tokenScales").floats(read.suffixes.size());
    read.rollout_logprobs = read_token_lists(group.field("rolloutLogprobs"), read.suffixes);
    const argument old_logprobs = group.field("oldLogprobs");
    if (!old_logprobs.absent()) {
        read.old_logprobs = read_token_lists(old_logprobs, read.suffixes);
    }
    const argument reference = group.field("referenceLogprobs");
    if (!reference.absent()) {
        read.reference_logprobs = read_token_lists(reference, read.suffixes);
    } else if (objective.kl_coefficient > 0) {
        reference.fail("given where klCoefficient is above 0");
    }
}

static tinylora::sequence_group read_group(const argument & group, const tinylora::pass_options & options, int vocabulary_size) {
    tinylora::sequence_group read;
    const argument prefix = group.field("prefix");
    read.prefix = prefix.token_ids(vocabulary_size);
    if (read.prefix.empty()) {
        prefix.fail_with("must hold at least one token.");
    }
    const argument prefix_weights = group.field("prefixWeights");
    read.score_prefix = !prefix_weights.null_or_absent();
    if (read.score_prefix) {
        read.prefix_weights = prefix_weights.floats(read.prefix.size());
    }
    const argument suffixes = group.field("suffixes");
    const uint32_t count = suffixes.length();
    for (uint32_t i = 0; i < count; i++) {
        read.suffixes.push_back(suffixes.element(i).token_ids(vocabulary_size));
    }
    if (options.grpo) {
        read_grpo_fields(group, options.objective, read);
    } else {
        read.suffix_weights = read_token_lists(group.field("suffixWeights"), read.suffixes);
    }
    return read;
}

std::vector<tinylora::sequence_group> read_groups(const argument & groups, const tinylora::pass_options & options, int vocabulary_size) {
    std::vector<tinylora::sequence_group> read;
    const uint32_t count = groups.length();
    for (uint32_t i = 0; i < count; i++) {
        read.push_back(read_group(groups.element(i), options, vocabulary_size));
    }
    return read;
}

// --- optimiser -----------------------------------------------------------------------------------------------------

tinylora::adamw_options read_adamw_options(const argument & options) {
    using tinylora::storage_precision;
    tinylora::adamw_options read;
    read.learning_rate = options.field("learningRate").not_negative();
    read.beta1 = options.field("beta1").number(0, 1);
    read.beta2 = options.field("beta2").number(0, 1);
    read.epsilon = options.field("epsilon").not_negative();
    read.weight_decay = options.field("weightDecay").not_negative();
    read.clip_norm = options.field("clipNorm").not_negative();
    const argument storage = options.field("storage");
    read.precision = storage.field("precision").choice<storage_precision>(
        {{"fp32", storage_precision::fp32}, {"bf16", storage_precision::bf16}, {"fp16", storage_precision::fp16}});
    read.round_on_use = storage.field("mode").choice<bool>({{"rounded-after-step", false}, {"rounded-on-use", true}});
    return read;
}

optimiser_state read_optimiser_state(const argument & state) {
    optimiser_state read;
    read.first_moment = state.field("firstMoment").floats(argument::any_count);
    read.second_moment = state.field("secondMoment").floats(argument::any_count);
    read.steps = state.field("step").integer(0, max_seed);
    return read;
}

// --- rollouts ------------------------------------------------------------------------------------------------------

tinylora::rollout_options read_rollout_options(const argument & options) {
    tinylora::rollout_options read;
    read.layout = options.field("cacheLayout").choice<tinylora::cache_layout>({{"unified", tinylora::cache_layout::unified}, {"streams", tinylora::cache_layout::streams}});
    read.workers = static_cast<int>(options.field("workers").integer(0, 64));
    read.context_tokens = static_cast<int>(options.field("contextTokens").integer(1, INT_MAX));
    read.max_sequences = static_cast<int>(options.field("maxSequences").integer(1, max_sequences_a_worker));
    read.cache_f32 = options.field("cacheType").choice<bool>({{"f16", false}, {"f32", true}});
    read.flash_attention = options.field("flashAttention").flag();
    read.batch_tokens = static_cast<int>(options.field("batchTokens").integer(1, INT_MAX));
    return read;
}

static std::vector<tinylora::sample_prompt> read_prompts(const argument & prompts, int vocabulary_size) {
    std::vector<tinylora::sample_prompt> read;
    const uint32_t count = prompts.length();
    for (uint32_t i = 0; i < count; i++) {
        const argument given = prompts.element(i);
        tinylora::sample_prompt prompt;
        const argument tokens = given.field("tokens");
        prompt.tokens = tokens.token_ids(vocabulary_size);
        if (prompt.tokens.empty()) {
            tokens.fail_with("must hold at least one token.");
        }
        prompt.prompt_id = static_cast<uint32_t>(given.field("promptId").integer(0, UINT32_MAX));
        prompt.lane = static_cast<uint32_t>(given.field("lane").integer(0, UINT32_MAX));
        read.push_back(std::move(prompt));
    }
    return read;
}

tinylora::sample_request read_sample_request(const argument & request, int vocabulary_size) {
    tinylora::sample_request read;
    read.prompts = read_prompts(request.field("prompts"), vocabulary_size);
    read.sample_count = static_cast<int>(request.field("sampleCount").integer(1, INT_MAX));
    read.seed = static_cast<uint64_t>(request.field("seed").integer(0, max_seed));
    read.stream = static_cast<uint32_t>(request.field("stream").integer(0, UINT32_MAX));
    read.temperature = static_cast<float>(request.field("temperature").not_negative());
    read.top_p = static_cast<float>(request.field("topP").number(0, 1));
    read.top_k = static_cast<int>(request.field("topK").integer(0, INT_MAX));
    read.max_tokens = static_cast<int>(request.field("maxTokens").integer(1, INT_MAX));
    const argument stop = request.field("stop");
    const uint32_t stop_count = stop.length();
    for (uint32_t i = 0; i < stop_count; i++) {
        read.stop.push_back(stop.element(i).non_empty_text());
    }
    return read;
}

} // namespace binding
