// What a micro-batch needs on the backend before its layers: targets, embeddings and, for ggml's graphs, attention's indices
// and masks.
#include <algorithm>

#include "gradient-worker-state.h"
#include "tinylora/error.h"

namespace tinylora {

namespace {

// Embeddings converted and uploaded at a time.
constexpr size_t k_staging_bytes = (size_t) 64 << 20;

ggml_tensor * new_i32(ggml_context * ctx, size_t n) { return n > 0 ? ggml_new_tensor_1d(ctx, GGML_TYPE_I32, (int64_t) n) : nullptr; }

template <typename T> void upload(ggml_tensor * t, const std::vector<T> & values) {
    if (t != nullptr) {
        ggml_backend_tensor_set(t, values.data(), 0, values.size() * sizeof(T));
    }
}

}  // namespace

// A mask is uploaded once and repeated for the heads of its group on the device: rows of `to` are head by head.
void gradient_worker::repeat_masks(const std::vector<std::pair<ggml_tensor *, ggml_tensor *>> & masks) {
    ggml_context_ptr ctx = make_graph_context(16);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 16, false);
    for (const auto & [from, to] : masks) {
        if (to != nullptr) {
            ggml_tensor * by_head = ggml_reshape_3d(ctx.get(), to, from->ne[0], ggml_nelements(to) / ggml_nelements(from), from->ne[2]);
            ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), ggml_repeat(ctx.get(), from, by_head), by_head));
        }
    }
    compute(graph, head_back_allocator_.get());
}

// Index lists and masks of attention as ggml nodes.
void gradient_worker::prepare_attention(pass_state & s, const micro_batch & b) {
    const model_hparams & h = model_.hparams();
    const attention_layout a = make_attention_layout(b, h.n_head, h.n_head_kv);
    const int64_t G = b.n_groups, K = b.n_suffixes, P = b.prefix_rows, L = b.suffix_rows, per_kv = h.n_head / h.n_head_kv;
    s.attention_ctx = make_graph_context(24);
    ggml_context * ctx = s.attention_ctx.get();
    batch_tensors & in = s.inputs;
    in.positions = new_i32(ctx, b.n_tokens);
    in.prompt_q = new_i32(ctx, a.prompt_q.size());
    in.prompt_kv = new_i32(ctx, a.prompt_kv.size());
    in.completion_q = new_i32(ctx, a.completion_q.size());
    in.completion_kv = new_i32(ctx, a.completion_kv.size());
    in.unpack_q = new_i32(ctx, a.unpack_q.size());
    in.unpack_kv = new_i32(ctx, a.unpack_kv.size());
    in.prompt_mask = ggml_new_tensor_4d(ctx, GGML_TYPE_F32, P, P * per_kv, 1, G);
    ggml_tensor * prompt_mask = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, P * P, 1, G);
    ggml_tensor * completion_mask = nullptr;
    in.prompt_valid = ggml_new_tensor_4d(ctx, GGML_TYPE_F32, 1, P * per_kv, 1, h.n_head_kv * G);
    if (L > 0) {
        in.completion_mask = ggml_new_tensor_4d(ctx, GGML_TYPE_F32, P + L, L * per_kv, K, G);
        completion_mask = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, (P + L) * L, 1, K * G);
        in.completion_valid = ggml_new_tensor_4d(ctx, GGML_TYPE_F32, 1, L * per_kv, K, h.n_head_kv * G);
    }
    s.attention_buffer = allocate_tensors(ctx, backend_, "the micro-batch");
    upload(in.positions, b.positions);
    upload(in.prompt_q, a.prompt_q);
    upload(in.prompt_kv, a.prompt_kv);
    upload(in.completion_q, a.completion_q);
    upload(in.completion_kv, a.completion_kv);
    upload(in.unpack_q, a.unpack_q);
    upload(in.unpack_kv, a.unpack_kv);
    upload(in.prompt_valid, a.prompt_valid);
    upload(in.completion_valid, a.completion_valid);
    upload(prompt_mask, a.prompt_mask);
    upload(completion_mask, a.completion_mask);
    repeat_masks({{prompt_mask, in.prompt_mask}, {completion_mask, in.completion_mask}});
}

void gradient_worker::prepare_batch(pass_state & s, const micro_batch & b, bool keep_layers) {
    const model_hparams & h = model_.hparams();
    s.batch = s.inputs.batch = &b;
    s.ctx = make_graph_context(h.n_layer + 24);
    ggml_context * ctx = s.ctx.get();
    const int n_kept = keep_layers ? h.n_layer + 1 : 2;
    for (int l = 0; l < n_kept; ++l) {
        s.layer_inputs.push_back(ggml_new_tensor_2d(ctx, GGML_TYPE_F32, h.n_embd, b.n_tokens));
    }
    const int64_t T = (int64_t) b.targets.size();
    s.gradient = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, h.n_embd, b.n_tokens);
    s.target_rows = new_i32(ctx, T);
    s.target_tokens = new_i32(ctx, T);
    s.coefficients = T > 0 ? ggml_new_tensor_2d(ctx, GGML_TYPE_F32, 1, T) : nullptr;
    s.target_gradient = T > 0 ? ggml_new_tensor_2d(ctx, GGML_TYPE_F32, h.n_embd, T + 1) : nullptr;
    const std::vector<std::vector<int32_t>> row_targets = targets_of_rows(b);
    for (size_t k = 0; k < row_targets.size(); ++k) {
        s.row_targets.push_back(new_i32(ctx, b.n_tokens));
    }
    s.buffer = allocate_tensors(ctx, backend_, "the micro-batch");

    std::vector<int32_t> rows, tokens;
    for (const auto & t : b.targets) {
        rows.push_back(t.row);
        tokens.push_back(t.token);
    }
    upload(s.target_rows, rows);
    upload(s.target_tokens, tokens);
    for (size_t k = 0; k < row_targets.size(); ++k) {
        upload(s.row_targets[k], row_targets[k]);
    }
    if (s.target_gradient != nullptr) {
        ggml_backend_tensor_memset(s.target_gradient, 0, T * s.target_gradient->nb[1], s.target_gradient->nb[1]);
    }
    upload_embeddings(b.tokens, s.layer_inputs[0]);
}

// Through memory that the device can read by itself, where it has such.
void gradient_worker::upload_embeddings(const std::vector<int32_t> & tokens, ggml_tensor * to) {
    const size_t row_bytes = to->nb[1], rows_at_once = std::max<size_t>(1, std::min(k_staging_bytes / row_bytes, tokens.size()));
    if (!embedding_staging_ || ggml_backend_buffer_get_size(embedding_staging_.get()) < rows_at_once * row_bytes) {
        ggml_backend_buffer_type_t type = ggml_backend_dev_host_buffer_type(model_.device());
        embedding_staging_.reset(ggml_backend_buft_alloc_buffer(type != nullptr ? type : ggml_backend_cpu_buffer_type(), rows_at_once * row_bytes));
        if (!embedding_staging_) {
            throw error(error_code::out_of_memory, "Not enough memory for the embeddings. Use a smaller micro-batch, or free memory.");
        }
    }
    float * staging = (float *) ggml_backend_buffer_get_base(embedding_staging_.get());
    for (size_t first = 0; first < tokens.size(); first += rows_at_once) {
        const size_t count = std::min(rows_at_once, tokens.size() - first);
        weights_->embed(tokens.data() + first, count, staging);
        ggml_backend_tensor_set(to, staging, first * row_bytes, count * row_bytes);
    }
}

}  // namespace tinylora
