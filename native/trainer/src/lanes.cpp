// Allocates and writes the adapter tensors of the rollouts' graphs (native/patches/0001-lanes.patch). Engine process.
#include "lanes.h"

#include <algorithm>
#include <map>

#include "fold.h"

namespace tinylora {

namespace {

// On the CPU a product with a short inner dimension runs one short dot product an entry; the outer product adds whole
// columns and is many times faster. Other backends are tuned for mul_mat.
constexpr int outer_product_rank_limit = 16;

bool prefers_outer_product(const model & m, int rank) {
    return ggml_backend_dev_type(m.device()) == GGML_BACKEND_DEVICE_TYPE_CPU && rank < outer_product_rank_limit;
}

} // namespace

lane_tensors::lane_tensors(const model & m, const adapter & a, int n_lanes)
    : adapter_(a), n_lanes_(n_lanes), b_transposed_(prefers_outer_product(m, a.rank())) {
    // A module's tensors lie beside its weight, so that its products run where the weight is.
    std::map<ggml_backend_buffer_type_t, ggml_context *> context_of;
    const int rank = a.rank();
    for (const module_factors & factors : a.modules()) {
        const linear_module & module = m.modules()[factors.module];
        ggml_context *& context = context_of[ggml_backend_buffer_get_type(module.live->buffer)];
        if (context == nullptr) {
            context = ggml_init({3 * a.modules().size() * ggml_tensor_overhead(), nullptr, /*.no_alloc =*/true});
            contexts_.emplace_back(context);
        }
        llama_lane_module tensors{module.live, nullptr, nullptr, nullptr};
        tensors.a = ggml_new_tensor_2d(context, GGML_TYPE_F32, module.n_in, rank);
        tensors.b = b_transposed_ ? ggml_new_tensor_2d(context, GGML_TYPE_F32, module.n_out, rank)
                                  : ggml_new_tensor_2d(context, GGML_TYPE_F32, rank, module.n_out);
        if (n_lanes > 1) {
            tensors.core = ggml_new_tensor_2d(context, GGML_TYPE_F32, int64_t(rank) * n_lanes, rank);
        }
        tensors_.push_back(tensors);
    }
    for (const auto & [type, context] : context_of) {
        ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors_from_buft(context, type);
        if (buffer == nullptr) {
            throw error(error_code::out_of_memory, "No memory for the adapter's tensors. Use a smaller rank or free memory on the device.");
        }
        ggml_backend_buffer_set_usage(buffer, GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        buffers_.emplace_back(buffer);
    }
}

void lane_tensors::write_b(size_t index, const std::vector<float> & b_O_R) {
    if (!b_transposed_) {
        ggml_backend_tensor_set(tensors_[index].b, b_O_R.data(), 0, b_O_R.size() * sizeof(float));
        return;
    }
    const size_t rank = size_t(adapter_.rank());
    const size_t n_out = b_O_R.size() / rank;
    std::vector<float> transposed(b_O_R.size());
    for (size_t row = 0; row < n_out; row++) {
        for (size_t column = 0; column < rank; column++) {
            transposed[column * n_out + row] = b_O_R[row * rank + column];
        }
    }
    ggml_backend_tensor_set(tensors_[index].b, transposed.data(), 0, transposed.size() * sizeof(float));
}

void lane_tensors::write(const std::vector<std::vector<float>> & params) {
    const int rank = adapter_.rank();
    std::vector<float> core(size_t(rank) * size_t(rank));
    std::vector<float> stacked(core.size() * size_t(n_lanes_));

    for (size_t index = 0; index < tensors_.size(); index++) {
        const module_factors & factors = adapter_.modules()[index];
        const bool frozen = adapter_.form() == adapter_form::factored;
        if (!frozen || !frozen_written_) {
            ggml_backend_tensor_set(tensors_[index].a, factors.a.data(), 0, factors.a.size() * sizeof(float));
            if (n_lanes_ > 1) {
                write_b(index, factors.b);
            }
        }
        if (n_lanes_ == 1) {
            write_b(index, folded_b(adapter_, index, params[0].data()));
            continue;
        }
        for (int lane = 0; lane < n_lanes_; lane++) {
            adapter_.core(index, params[size_t(lane)].data(), core.data());
            for (int row = 0; row < rank; row++) {
                std::copy_n(core.begin() + row * rank, rank, stacked.begin() + (row * n_lanes_ + lane) * rank);
            }
        }
        ggml_backend_tensor_set(tensors_[index].core, stacked.data(), 0, stacked.size() * sizeof(float));
    }
    frozen_written_ = true;
}

void lane_tensors::attach(llama_context * context) const {
    llama_set_lanes(context, tensors_.data(), tensors_.size(), n_lanes_, adapter_.rank(), b_transposed_);
}

} // namespace tinylora
