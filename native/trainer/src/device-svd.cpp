#include "device-svd.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ritz.h"

namespace tinylora {

namespace {

constexpr int k_block = 3;  // vectors
constexpr int k_max_steps = 512;
constexpr int k_first_check = 8;  // steps
constexpr int64_t k_smallest_side = 128;
constexpr size_t k_tensors_per_step = 64;
// Iterate until the estimate of ‖Wᵀu − σv‖ is this much of σ₁ for every triplet. Beyond it float32 adds nothing.
constexpr double k_target = 1e-6;
// σ far below σ₁ (or zero) cannot be asked for relative to itself.
constexpr double k_least_sigma = 1e-2;
// What the triplets must then hold, computed afresh: ‖WᵀWv − σ²v‖ relative to σ₁². TF32 would miss it by far.
constexpr double k_limit = 1e-5;
constexpr float k_norm_epsilon = 1e-18f;  // its square is still a normal float32

int64_t even(int64_t n) { return n + (n & 1); }

// In full float32 wherever the backend leaves the choice.
ggml_tensor * product(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) {
    ggml_tensor * t = ggml_mul_mat(ctx, a, b);
    ggml_mul_mat_set_prec(t, GGML_PREC_F32);
    return t;
}

// Makes the node write its result into `leaf`, from byte `offset` on.
ggml_tensor * write_to(ggml_tensor * node, ggml_tensor * leaf, size_t offset) {
    ggml_backend_tensor_alloc(leaf->buffer, node, (char *) leaf->data + offset);
    return node;
}

// Projections of all steps before `step`, each [even(vectors so far), block].
size_t projection_offset(int step) {
    const size_t s = (size_t) step;
    return k_block * (k_block * s * (s + 1) / 2 + (s + 1) / 2);  // an odd number of steps has an odd number of vectors
}

// The first `count` columns of {n, >= count, …}, contiguous, as vectors in double.
vector_block download_columns(const ggml_tensor * t, int count) {
    const int64_t n = t->ne[0];
    std::vector<float> values((size_t) n * count);
    ggml_backend_tensor_get(t, values.data(), 0, values.size() * sizeof(float));
    vector_block out;
    for (int k = 0; k < count; ++k) {
        out.emplace_back(values.begin() + k * n, values.begin() + (k + 1) * n);
    }
    return out;
}

// Orthonormalises v, nearly so already, and changes its images Mv and Av alike. False where a vector is not nearly a unit one.
bool orthonormalise_with(vector_block & v, vector_block & mv, vector_block & av) {
    const auto add = [](vector_block & block, double scale, size_t from, size_t to) {
        axpy(scale, block[from].data(), block[to].data(), (int64_t) block[to].size());
    };
    for (size_t k = 0; k < v.size(); ++k) {
        for (size_t i = 0; i < k; ++i) {
            const double along = dot(v[i].data(), v[k].data(), (int64_t) v[k].size());
            for (vector_block * block : {&v, &mv, &av}) {
                add(*block, -along, i, k);
            }
        }
        const double norm = std::sqrt(dot(v[k].data(), v[k].data(), (int64_t) v[k].size()));
        if (!(std::fabs(norm - 1) < 0.1)) {
            return false;
        }
        for (vector_block * block : {&v, &mv, &av}) {
            add(*block, 1 / norm - 1, k, k);
        }
    }
    return true;
}

// Steps after which to look again: where the estimate would reach the target if it went on falling as between the last looks.
int next_check(int steps, double excess, int previous_steps, double previous_excess) {
    const int soon = steps + 3, late = steps + steps / 2;
    const double rate = (std::log(previous_excess) - std::log(excess)) / std::max(1, steps - previous_steps);
    if (previous_steps == 0 || !(rate > 0)) {
        return late;
    }
    return std::clamp(steps + (int) std::min(1e6, std::ceil(std::log(excess) / rate)), soon, late);
}

}  // namespace

device_svd::device_svd(ggml_backend_dev_t device) : backend_(ggml_backend_dev_init(device, nullptr)) {
    if (!backend_) {
        fail_internal(std::string("The backend ") + ggml_backend_dev_name(device) + " could not be initialised.");
    }
    // On a CPU, one thread a stream.
    ggml_backend_reg_t reg = ggml_backend_dev_backend_reg(device);
    if (auto set_threads = (ggml_backend_set_n_threads_t) ggml_backend_reg_get_proc_address(reg, "ggml_backend_set_n_threads")) {
        set_threads(backend_.get(), 1);
    }
    allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend_.get())));
}

bool device_svd::suits(int64_t n_out, int64_t n_in, int rank) {
    const int64_t smaller = std::min(n_out, n_in);
    return n_out % 2 == 0 && n_in % 2 == 0 && smaller >= std::max<int64_t>(k_smallest_side, 4 * (rank + 1));
}

size_t device_svd::memory_bytes(int64_t n_out, int64_t n_in) {
    const size_t n = (size_t) std::min(n_out, n_in), vectors = std::min<size_t>(n, k_block * k_max_steps) + 2 * k_block;
    return sizeof(float) * (2 * (size_t) n_out * n_in + (2 * n + vectors) * vectors);
}

void device_svd::prepare(int64_t n_out, int64_t n_in) {
    if (n_out != n_out_ || n_in != n_in_) {
        n_out_ = n_in_ = 0;  // in case the allocation throws
        buffer_.reset();
        const int64_t n = std::min(n_out, n_in);
        max_steps_ = (int) std::min<int64_t>(k_max_steps, n / k_block);
        const int64_t vectors = even(k_block * (max_steps_ + 1));
        ctx_ = make_graph_context(8);
        weight_ = ggml_new_tensor_2d(ctx_.get(), GGML_TYPE_F32, n_in, n_out);
        weight_t_ = ggml_new_tensor_2d(ctx_.get(), GGML_TYPE_F32, n_out, n_in);
        basis_ = ggml_new_tensor_2d(ctx_.get(), GGML_TYPE_F32, n, vectors);
        basis_t_ = ggml_new_tensor_2d(ctx_.get(), GGML_TYPE_F32, vectors, n);
        projections_ = ggml_new_tensor_1d(ctx_.get(), GGML_TYPE_F32, projection_offset(max_steps_));
        buffer_ = allocate_tensors(ctx_.get(), backend_.get(), "computing the bases");
        m_ = n_in <= n_out ? weight_ : weight_t_;
        m_t_ = n_in <= n_out ? weight_t_ : weight_;
        projections_host_.resize(ggml_nelements(projections_));
        n_out_ = n_out;
        n_in_ = n_in;
    }
    // Kernels read up to an even number of vectors, and zero times what memory held before might not be zero.
    ggml_backend_tensor_memset(basis_, 0, 0, ggml_nbytes(basis_));
    ggml_backend_tensor_memset(basis_t_, 0, 0, ggml_nbytes(basis_t_));
}

void device_svd::load_weight(const ggml_tensor * weight, progress & p) {
    ggml_context_ptr ctx = make_graph_context(8);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 8, false);
    ggml_tensor * rows = ggml_new_tensor_1d(ctx.get(), GGML_TYPE_I32, n_out_);
    ggml_set_input(rows);
    // Dequantised where it lies: get_rows is the op that does so for every type.
    ggml_tensor * values = ggml_get_rows(ctx.get(), const_cast<ggml_tensor *>(weight), rows);
    const bool readable = ggml_backend_supports_buft(backend_.get(), ggml_backend_buffer_get_type(weight->buffer)) &&
                          ggml_backend_supports_op(backend_.get(), values);
    if (readable) {
        ggml_build_forward_expand(graph, write_to(values, weight_, 0));
    } else {
        ggml_backend_tensor_set(weight_, dequantise(weight).data(), 0, ggml_nbytes(weight_));
    }
    ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), ggml_transpose(ctx.get(), weight_), weight_t_));
    execute(graph, p, [&] {
        if (readable) {
            std::vector<int32_t> all(n_out_);
            std::iota(all.begin(), all.end(), 0);
            ggml_backend_tensor_set(rows, all.data(), 0, ggml_nbytes(rows));
        }
    });
}

void device_svd::start(const std::string & name, progress & p) {
    const vector_block block = start_block(name, k_block, basis_->ne[0]);
    ggml_context_ptr ctx = make_graph_context(k_tensors_per_step);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), k_tensors_per_step, false);
    for (int k = 0; k < k_block; ++k) {
        const std::vector<float> values(block[k].begin(), block[k].end());
        ggml_backend_tensor_set(basis_, values.data(), k * basis_->nb[1], basis_->nb[1]);
        ggml_tensor * vector = ggml_view_1d(ctx.get(), basis_, basis_->ne[0], k * basis_->nb[1]);
        ggml_build_forward_expand(graph, ggml_cpy(ctx.get(), vector, transposed_column(ctx.get(), k)));
    }
    execute(graph, p);
}

// Vector `index` within basis_t_: ne = {n, 1}, strided. As the target of a copy it must have the contiguous source's
// shape: ggml's CUDA copy from a transposed source takes its target to be contiguous.
ggml_tensor * device_svd::transposed_column(ggml_context * ctx, int64_t index) const {
    const size_t offset = index * sizeof(float);
    return ggml_transpose(ctx, ggml_view_2d(ctx, basis_t_, 1, basis_t_->ne[1], basis_t_->nb[1], offset));
}

// Vectors before `index`, as rows and as columns. An even number: one too many where it is odd, which changes nothing
// because its column is still zero.
ggml_tensor * device_svd::rows_before(ggml_context * ctx, int64_t index) const {
    return ggml_view_2d(ctx, basis_, basis_->ne[0], even(index), basis_->nb[1], 0);
}
ggml_tensor * device_svd::columns_before(ggml_context * ctx, int64_t index) const {
    return ggml_view_2d(ctx, basis_t_, even(index), basis_t_->ne[1], basis_t_->nb[1], 0);
}

// Makes row `index` of the basis a unit vector orthogonal to those before it, and copies it to its column.
void device_svd::expand_orthonormalise(ggml_context * ctx, ggml_cgraph * graph, int64_t index) const {
    ggml_tensor * vector = ggml_view_1d(ctx, basis_, basis_->ne[0], index * basis_->nb[1]);
    for (int pass = 0; pass < 2; ++pass) {
        ggml_tensor * along = product(ctx, rows_before(ctx, index), vector);
        vector = ggml_sub_inplace(ctx, vector, product(ctx, columns_before(ctx, index), along));
        ggml_build_forward_expand(graph, vector);
    }
    vector = ggml_l2_norm_inplace(ctx, vector, k_norm_epsilon);
    ggml_build_forward_expand(graph, ggml_cpy(ctx, vector, transposed_column(ctx, index)));
}

// Multiplies block `step` by A and makes the next one of it. What is taken away first is kept: the projections. Twice more,
// vector by vector, because once A adds no new direction only rounding is left, a millionth of what was taken away.
void device_svd::expand_step(ggml_context * ctx, ggml_cgraph * graph, int step) const {
    const int64_t index = step * k_block, next = index + k_block;
    ggml_tensor * block = ggml_view_2d(ctx, basis_, basis_->ne[0], k_block, basis_->nb[1], index * basis_->nb[1]);
    ggml_tensor * image = product(ctx, m_t_, product(ctx, m_, block));
    ggml_build_forward_expand(graph, write_to(image, basis_, next * basis_->nb[1]));
    ggml_tensor * along = product(ctx, rows_before(ctx, next), image);
    write_to(along, projections_, projection_offset(step) * sizeof(float));
    ggml_build_forward_expand(graph, ggml_sub_inplace(ctx, image, product(ctx, columns_before(ctx, next), along)));
    for (int k = 0; k < k_block; ++k) {
        expand_orthonormalise(ctx, graph, next + k);
    }
}

// Steps first … last − 1, and their projections to the host.
void device_svd::run_steps(int first, int last, progress & p) {
    const size_t n_tensors = k_tensors_per_step * (last - first);
    ggml_context_ptr ctx = make_graph_context(n_tensors);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), n_tensors, false);
    for (int step = first; step < last; ++step) {
        expand_step(ctx.get(), graph, step);
    }
    execute(graph, p);
    const size_t from = projection_offset(first), to = projection_offset(last);
    ggml_backend_tensor_get(projections_, projections_host_.data() + from, from * sizeof(float), (to - from) * sizeof(float));
}

// vector `row` · A · vector `column`; row at most in the column's block.
double device_svd::projection(int row, int column) const {
    const int step = column / k_block;
    return projections_host_[projection_offset(step) + (column - step * k_block) * even(k_block * (step + 1)) + row];
}

// A in the first n basis vectors. What lies outside the band is rounding.
band_matrix device_svd::projected(int n) const {
    band_matrix out;
    out.n = n;
    out.width = k_block;
    out.upper.assign((size_t) n * (k_block + 1), 0.0);
    for (int j = 0; j < n; ++j) {
        for (int d = 0; d <= std::min(j, k_block); ++d) {
            out.upper[(size_t) j * (k_block + 1) + d] = projection(j - d, j);
        }
    }
    return out;
}

// Largest residual of Ritz pairs from n basis vectors over what is asked: at most 1 when all have converged. A v leaves
// the n vectors only for the next block, by its coupling to the last one.
double device_svd::excess(const leading_eigen & eigen, int n) const {
    const double first = std::sqrt(std::max(0.0, eigen.values[0]));
    if (first == 0) {
        return 0;
    }
    double worst = 0;
    for (size_t k = 0; k < eigen.values.size(); ++k) {
        double squared = 0;
        for (int column = n; column < n + k_block; ++column) {
            double sum = 0;
            for (int row = n - k_block; row < n; ++row) {
                sum += projection(row, column) * eigen.vectors[k][row];
            }
            squared += sum * sum;
        }
        const double sigma = std::max(std::sqrt(std::max(0.0, eigen.values[k])), k_least_sigma * first);
        worst = std::max(worst, std::sqrt(squared) / (k_target * first * sigma));
    }
    return worst;
}

std::optional<module_basis> device_svd::compute(const ggml_tensor * weight, int rank, const std::string & name, progress & p,
                                                svd_statistics * statistics) {
    prepare(weight->ne[1], weight->ne[0]);
    load_weight(weight, p);
    start(name, p);
    double previous_excess = 0;
    int done = 0, previous_done = 0;
    int check = std::max(k_first_check, (rank + 1) / k_block + 4);
    for (;;) {
        check = std::min(check, max_steps_);
        run_steps(done, check, p);
        done = check;
        const int n = k_block * (done - 1);  // the last step has told how these couple to the rest
        const leading_eigen eigen = leading_eigenpairs(projected(n), rank + 1);
        const double now = excess(eigen, n);
        if (now <= 1) {
            if (statistics != nullptr) {
                *statistics = {done, true};
            }
            return finish(eigen, rank, name, p);
        }
        if (done == max_steps_ && done < k_max_steps) {
            return std::nullopt;
        }
        if (done == max_steps_) {
            fail_internal("The bases of " + name + " did not converge in " + std::to_string(done) +
                          " steps on the device. Compute them once with the device cpu; they are kept.");
        }
        check = next_check(done, now, previous_done, previous_excess);
        previous_done = done;
        previous_excess = now;
    }
}

// Ritz vectors and their images from the device; Rayleigh–Ritz among them and the check of the residual in double.
std::optional<module_basis> device_svd::finish(const leading_eigen & eigen, int rank, const std::string & name, progress & p) {
    const int count = rank + 1, blocks = (count + k_block - 1) / k_block;
    const int64_t n = (int64_t) eigen.vectors[0].size(), padded = even(n);
    std::vector<float> coordinates((size_t) padded * k_block * blocks, 0.0f);
    for (int k = 0; k < count; ++k) {
        std::copy(eigen.vectors[k].begin(), eigen.vectors[k].end(), coordinates.begin() + k * padded);
    }
    ggml_context_ptr ctx = make_graph_context(8);
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 8, false);
    ggml_tensor * input = ggml_new_tensor_3d(ctx.get(), GGML_TYPE_F32, padded, k_block, blocks);
    ggml_set_input(input);
    ggml_tensor * vectors = product(ctx.get(), columns_before(ctx.get(), n), input);
    ggml_tensor * images = product(ctx.get(), m_, vectors);
    ggml_tensor * back = product(ctx.get(), m_t_, images);
    for (ggml_tensor * t : {vectors, images, back}) {
        ggml_set_output(t);
        ggml_build_forward_expand(graph, t);
    }
    execute(graph, p, [&] { ggml_backend_tensor_set(input, coordinates.data(), 0, ggml_nbytes(input)); });

    vector_block v = download_columns(vectors, count), mv = download_columns(images, count), av = download_columns(back, count);
    if (!orthonormalise_with(v, mv, av)) {
        return std::nullopt;
    }
    const ritz r = rayleigh_ritz(mv);
    for (int k = 0; k < count; ++k) {
        std::vector<double> residual = combine(av, r.eigen, count, k);
        axpy(-r.eigen.values[k], combine(v, r.eigen, count, k).data(), residual.data(), (int64_t) residual.size());
        const double norm = std::sqrt(dot(residual.data(), residual.data(), (int64_t) residual.size()));
        if (!(norm <= k_limit * r.eigen.values[0])) {
            fail_internal("The bases of " + name + " have a residual of " + std::to_string(norm / r.eigen.values[0]) +
                          " on the device, whose arithmetic is not exact enough. Compute them once with the device cpu; they are kept.");
        }
    }
    return assemble(m_ == weight_t_, v, mv, r, rank, n_out_, n_in_);
}

void device_svd::execute(ggml_cgraph * graph, progress & p, const std::function<void()> & upload) {
    p.check();
    if (!ggml_gallocr_alloc_graph(allocator_.get(), graph)) {
        throw error(error_code::out_of_memory, "Not enough memory for computing the bases. Free memory, or use a smaller model.");
    }
    for (int i = 0; i < ggml_graph_n_nodes(graph); ++i) {
        if (!ggml_backend_supports_op(backend_.get(), ggml_graph_node(graph, i))) {
            fail_internal(std::string("The device cannot compute ") + ggml_op_desc(ggml_graph_node(graph, i)) + " for the bases.");
        }
    }
    if (upload) {
        upload();
    }
    const ggml_status status = ggml_backend_graph_compute(backend_.get(), graph);
    p.check();
    if (status != GGML_STATUS_SUCCESS) {
        fail_internal(std::string("The graph of the bases failed: ") + ggml_status_to_string(status) + ".");
    }
}

}  // namespace tinylora
