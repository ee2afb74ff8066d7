// Rollouts: prompts into the cache, one token a sequence a step, drawn on the device. See kernels.h.
//
// Work is queued on one stream; the host learns of a step's tokens while the next one runs.
#pragma once

#include <cstring>
#include <deque>

#include "layer.cuh"
#include "sampling.cuh"

struct tinylora_decoder {
    virtual ~tinylora_decoder() = default;
    virtual void reserve(int n_slots, int n_cells) = 0;
    virtual void set_cores(const float * cores, int n_lanes) = 0;
    virtual void prefill(const tinylora_prompts & prompts, const tinylora_draws & draws) = 0;
    virtual void step(const tinylora_sequences & sequences, const tinylora_draws & draws) = 0;
    virtual void wait(int32_t * tokens, float * logprobs) = 0;
    virtual void read_logits(int row, float * logits) = 0;
    virtual void set_token(int slot, int32_t token) = 0;
    std::string message;
};

namespace tinylora_kernels {

// Memory of the host that the device copies from and to by itself.
class pinned_words {
public:
    ~pinned_words() { cudaFreeHost(words_); }

    int * reserve(size_t count) {
        if (count > count_) {
            cudaFreeHost(words_);
            words_ = nullptr;
            count_ = 0;
            check(cudaMallocHost((void **)&words_, count * sizeof(int)), "pinned memory");
            count_ = count;
        }
        return words_;
    }
    int * words() const { return words_; }

private:
    int * words_ = nullptr;
    size_t count_ = 0;
};

// What one piece of work brings along and gives back: 4-byte numbers, in one block each way.
class flight {
public:
    flight() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "an event"); }
    ~flight() { cudaEventDestroy(event_); }

    void begin(size_t n_in, int n_draws) {
        used_ = 0;
        n_in_ = n_in;
        this->n_draws = n_draws;
        in_.reserve(n_in);
        out_.reserve(2 * (size_t)n_draws);
        device_.reserve(arena::rounded<int>(n_in) + arena::rounded<int>(2 * (size_t)n_draws));
        in_device_ = device_.take<int>(n_in);
        out_device_ = device_.take<int>(2 * (size_t)n_draws);
    }

    // Where the numbers will be on the device.
    template <typename V> const V * bring(const V * values, size_t count) {
        static_assert(sizeof(V) == sizeof(int), "");
        if (used_ + count > n_in_) {
            throw pass_error("more was brought along than was said");
        }
        std::memcpy(in_.words() + used_, values, count * sizeof(V));
        used_ += count;
        return (const V *)(in_device_ + used_ - count);
    }

    void send(cudaStream_t stream) {
        check(
            cudaMemcpyAsync(in_device_, in_.words(), used_ * sizeof(int), cudaMemcpyHostToDevice, stream),
            "what a step needs"
        );
    }

    int * tokens_device() const { return out_device_; }
    float * logprobs_device() const { return (float *)(out_device_ + n_draws); }

    void land(cudaStream_t stream) {
        check(
            cudaMemcpyAsync(
                out_.words(), out_device_, 2 * (size_t)n_draws * sizeof(int), cudaMemcpyDeviceToHost, stream
            ),
            "drawn tokens"
        );
        check(cudaEventRecord(event_, stream), "drawn tokens");
    }

    void wait(int32_t * tokens, float * logprobs) {
        check(cudaEventSynchronize(event_), "the rollouts");
        std::memcpy(tokens, out_.words(), n_draws * sizeof(int));
        std::memcpy(logprobs, out_.words() + n_draws, n_draws * sizeof(float));
    }

    int n_draws = 0;

private:
    cudaEvent_t event_ = nullptr;
    pinned_words in_, out_;
    arena device_;
    int *in_device_ = nullptr, *out_device_ = nullptr;
    size_t used_ = 0, n_in_ = 0;
};

template <typename T, int R> class sequence_decoder final : public tinylora_decoder, layer_runner<T, R> {
    using base = layer_runner<T, R>;
    using base::m_, base::stream_, base::products_, base::shape_, base::work_, base::lanes_, base::synchronize;

public:
    explicit sequence_decoder(const tinylora_decoder_model & model)
        : base(model.layers), n_vocab_(model.n_vocab), embedding_((const T *)model.embedding),
          output_((const T *)model.output), output_norm_(model.output_norm) {}

    void reserve(int n_slots, int n_cells) override {
        synchronize();
        order_.clear();
        n_cells_ = n_cells;
        cache_memory_.reserve(m_.n_layer * cache_bytes());
        caches_.clear();
        for (int l = 0; l < m_.n_layer; ++l) {
            caches_.push_back(cache_memory_.take<T>((size_t)n_cells * 2 * kv_width()));
        }
        slot_memory_.reserve(arena::rounded<int>(n_slots));
        last_token_ = slot_memory_.take<int>(n_slots);
    }

    void set_cores(const float * cores, int n_lanes) override { base::write_cores(cores, n_lanes); }

    void prefill(const tinylora_prompts & prompts, const tinylora_draws & draws) override {
        const int n = prompts.n_tokens, n_prompts = prompts.n_prompts;
        std::vector<int32_t> positions(n), own_start(n, 0), prefix_rows(n_prompts), cells(n), lanes(n), last(n_prompts);
        for (int p = 0; p < n_prompts; ++p) {
            const int start = prompts.start[p];
            prefix_rows[p] = prompts.start[p + 1] - start;
            last[p] = prompts.start[p + 1] - 1;
            for (int i = 0; i < prefix_rows[p]; ++i) {
                positions[start + i] = i;
                cells[start + i] = prompts.first_cell[p] + i;
                lanes[start + i] = prompts.lane[p];
            }
        }
        work_.place(
            {n, n_prompts, positions.data(), prompts.start, prefix_rows.data(), own_start.data()}, false, 0,
            stream_.stream
        );
        flight & f = take_off(3 * (size_t)n + n_prompts, draws);
        const int * tokens = f.bring(prompts.tokens, n);
        const int * cells_device = f.bring(cells.data(), n);
        lanes_ = f.bring(lanes.data(), n);
        const int * last_device = f.bring(last.data(), n_prompts);
        const draw_rows drawn = bring_draws(f, draws);
        f.send(stream_.stream);
        run(tokens, nullptr, work_.positions, cells_device,
            [&](layer_state<T> & s, const T *) { base::attend_within(s); });
        reserve_head(n_prompts);
        launch(
            stream_.stream, gather_rows<T>, n_prompts, k_block, 0, work_.normed, last_device, m_.n_embd, head_input_
        );
        draw(f, head_input_, n_prompts, drawn, draws.temperature);
    }

    void step(const tinylora_sequences & sequences, const tinylora_draws & draws) override {
        const int n = sequences.n;
        std::vector<int32_t> cells(n);
        for (int i = 0; i < n; ++i) {
            cells[i] = sequences.own_cell[i] + sequences.position[i] - sequences.prefix_length[i];
        }
        work_.place_rows(n);
        reserve_head(n);
        flight & f = take_off(7 * (size_t)n, draws);
        sequence_rows rows{};
        rows.slot = f.bring(sequences.slot, n);
        rows.position = f.bring(sequences.position, n);
        rows.prefix_cell = f.bring(sequences.prefix_cell, n);
        rows.prefix_length = f.bring(sequences.prefix_length, n);
        rows.own_cell = f.bring(sequences.own_cell, n);
        rows.lane = lanes_ = f.bring(sequences.lane, n);
        const int * cells_device = f.bring(cells.data(), n);
        const draw_rows drawn = bring_draws(f, draws);
        f.send(stream_.stream);
        run(last_token_, rows.slot, rows.position, cells_device,
            [&](layer_state<T> & s, const T * cache) { attend_to_cache(s, rows, cache); });
        draw(f, work_.normed, n, drawn, draws.temperature);
    }

    void wait(int32_t * tokens, float * logprobs) override {
        if (order_.empty()) {
            throw pass_error("no work is under way");
        }
        flight & f = flights_[order_.front()];
        order_.pop_front();
        f.wait(tokens, logprobs);
    }

    void read_logits(int row, float * logits) override {
        check(
            cudaMemcpyAsync(
                logits, logits_ + (size_t)row * n_vocab_, n_vocab_ * sizeof(float), cudaMemcpyDeviceToHost,
                stream_.stream
            ),
            "logits"
        );
        synchronize();
    }

    void set_token(int slot, int32_t token) override {
        check(
            cudaMemcpyAsync(last_token_ + slot, &token, sizeof token, cudaMemcpyHostToDevice, stream_.stream),
            "a drawn token"
        );
        synchronize();
    }

private:
    size_t kv_width() const { return (size_t)m_.n_head_kv * m_.head_dim; }
    size_t cache_bytes() const { return arena::rounded<T>((size_t)n_cells_ * 2 * kv_width()); }

    flight & take_off(size_t n_in, const tinylora_draws & draws) {
        if (order_.size() == 2) {
            throw pass_error("three pieces of work at once");
        }
        const int next = order_.empty() ? 0 : 1 - order_.back();
        order_.push_back(next);
        flights_[next].begin(n_in + 3 * (size_t)draws.n, draws.n);
        return flights_[next];
    }

    draw_rows bring_draws(flight & f, const tinylora_draws & draws) {
        draw_rows rows{};
        rows.row = f.bring(draws.row, draws.n);
        rows.slot = f.bring(draws.slot, draws.n);
        rows.uniform = f.bring(draws.uniform, draws.n);
        rows.token = f.tokens_device();
        rows.logprob = f.logprobs_device();
        rows.last_token = last_token_;
        return rows;
    }

    // Tokens through all layers: leaves the normed output in work_.normed, keys and values in the cache.
    template <typename Attend>
    void run(const int * tokens, const int * slots, const int * positions, const int * cells, Attend attend) {
        float * x = work_.states[0].x_own; // in its place through all layers
        launch(stream_.stream, embed<T>, work_.n_tokens, k_block, 0, embedding_, tokens, slots, m_.n_embd, x);
        base::layers_forward(
            positions, x, x, output_norm_, [&](int l) { return cache_rows<T>{caches_[l], cells}; },
            [&](layer_state<T> & s, const cache_rows<T> & cache) { attend(s, cache.rows); }
        );
    }

    void attend_to_cache(layer_state<T> & s, const sequence_rows & rows, const T * cache) {
        base::for_head_dim([&](auto dim) {
            constexpr int D = decltype(dim)::value;
            launch(
                stream_.stream, sequence_attention<T, D>, dim3(work_.n_tokens, m_.n_head_kv * sequence_pieces(shape_)),
                k_sequence_block, sizeof(sequence_shared<D>), s.qkv, shape_, m_.attention_scale, rows, cache, s.attended
            );
        });
    }

    void reserve_head(int n_rows) {
        head_memory_.reserve(
            arena::rounded<float>((size_t)n_rows * n_vocab_) + arena::rounded<T>((size_t)n_rows * m_.n_embd)
        );
        logits_ = head_memory_.take<float>((size_t)n_rows * n_vocab_);
        head_input_ = head_memory_.take<T>((size_t)n_rows * m_.n_embd);
    }

    void draw(flight & f, const T * normed, int n_rows, const draw_rows & rows, float temperature) {
        products_.forward(output_, normed, logits_, n_rows, m_.n_embd, n_vocab_, n_vocab_);
        launch(
            stream_.stream, draw_tokens, f.n_draws, k_block, blocks_for(n_vocab_, k_draw_tile) * sizeof(float), logits_,
            n_vocab_, temperature, rows
        );
        f.land(stream_.stream);
    }

    int n_vocab_, n_cells_ = 0;
    const T *embedding_, *output_;
    const float * output_norm_;
    arena cache_memory_, slot_memory_, head_memory_;
    std::vector<T *> caches_; // [layer] of [cells, 2, kv_width]
    int * last_token_ = nullptr;
    float * logits_ = nullptr; // [rows, n_vocab]
    T * head_input_ = nullptr;
    flight flights_[2];
    std::deque<int> order_; // of flights_, oldest first
};

} // namespace tinylora_kernels
