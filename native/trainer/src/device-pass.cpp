// Hands the kernels of native/kernels weights, batches and cores for the training pass.
#include "device-pass.h"

namespace tinylora {

std::unique_ptr<device_pass> device_pass::create(
    const std::string & library, const model & m, const training_weights & weights, const adapter * a,
    const std::vector<factor_gradients> & gradients
) {
    const bool known_adapter = a == nullptr || a->form() != adapter_form::dense;
    if (library.empty() || !known_adapter || !has_known_layers(weights)) {
        return nullptr;
    }
    std::vector<tinylora_kernel_layer> layers;
    tinylora_kernel_model description = describe_layers(m, weights, a, gradients, layers);
    std::unique_ptr<device_pass> pass(new device_pass(m, weights, a));
    pass->bringer_.attach(description);
    pass->f_ = kernel_library::load(library);
    if (!pass->f_->supports(&description)) {
        return nullptr;
    }
    const char * message = nullptr;
    pass->pass_ = pass->f_->create(&description, &message);
    pass->check(message);
    return pass;
}

device_pass::~device_pass() {
    if (pass_ != nullptr) {
        f_->destroy(pass_);
    }
}

void device_pass::check(const char * message) {
    bringer_.check();
    check_call(message, "Not enough memory for the training pass. Use a smaller micro-batch, or free memory.");
}

void device_pass::set_params(const float * params) {
    const size_t n = (size_t)adapter_->rank() * adapter_->rank();
    cores_.resize(adapter_->modules().size() * n);
    for (size_t i = 0; i < adapter_->modules().size(); ++i) {
        adapter_->core(i, params, cores_.data() + i * n);
    }
}

size_t device_pass::least_bytes(int n_tokens) const {
    return f_->bytes(pass_, n_tokens, 1);
}

size_t device_pass::most_bytes(int n_tokens) const {
    const model_hparams & h = model_.hparams();
    return least_bytes(n_tokens) + (size_t)h.n_layer * n_tokens * 2 * h.n_ff * sizeof(ggml_fp16_t);
}

void device_pass::forward(
    const micro_batch & b, const ggml_tensor * x, ggml_tensor * y, bool adapter_on, bool kept, size_t limit_bytes
) {
    std::vector<int32_t> entry_start, prefix_rows, own_start(b.n_tokens, 0);
    int row = 0;
    for (size_t e = 0; e < b.entries.size(); ++e) {
        entry_start.push_back(row);
        prefix_rows.push_back((int32_t)b.prefix_row[e].size());
        int within = prefix_rows.back();
        for (const auto & suffix : b.suffix_row[e]) {
            std::fill_n(own_start.begin() + row + within, suffix.size(), within);
            within += (int)suffix.size();
        }
        row += within;
    }
    entry_start.push_back(row);
    const tinylora_pass_batch batch = {b.n_tokens,         (int)b.entries.size(), b.positions.data(),
                                       entry_start.data(), prefix_rows.data(),    own_start.data()};
    check(f_->set_cores(pass_, adapter_on && adapter_ != nullptr ? cores_.data() : nullptr));
    check(f_->forward(pass_, &batch, (const float *)x->data, (float *)y->data, kept ? 1 : 0, limit_bytes));
}

void device_pass::backward(ggml_tensor * dy, std::vector<double> & core_gradient) {
    check(f_->backward(pass_, (float *)dy->data, core_gradient.empty() ? nullptr : core_gradient.data()));
}

} // namespace tinylora
