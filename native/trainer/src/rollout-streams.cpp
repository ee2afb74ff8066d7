// Rollouts with one cache stream a sequence: prompts are computed in free streams, copied to their samples' streams, and all
// streams advance by one token a step. Runs on a worker thread of the engine process.
#include "rollout-streams.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "llama-lanes.h"
#include "llama-streams.h"

namespace tinylora {

namespace {

// A batch of another shape costs a new graph, on a GPU as much as a few steps: it is not worth it near the end.
constexpr int steps_worth_compacting = 16;

} // namespace

stream_worker::stream_worker(const model & m, const rollout_options & options, int threads, progress & p) : context_worker(m, options, threads, p) {
    if (!options.flash_attention) {
        fail_input("Rollouts with one cache stream a sequence need flash attention. Switch flashAttention on, or choose the unified cache.");
    }
    llama_set_logits_on_device(context_, true);
}

void stream_worker::start(const std::vector<size_t> & prompts, sample_result & result) {
    samples_.start(*request_, prompts, result);
    streams_.clear();
    n_running_ = 0;
}

bool stream_worker::advance() {
    if (samples_.wants_start(n_running_, size_t(options_.max_sequences))) {
        const auto began = std::chrono::steady_clock::now();
        compact();
        admit();
        statistics_.prefill_ms += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    } else if (2 * n_running_ <= streams_.size() && steps_left() >= steps_worth_compacting) {
        compact();  // half of the batch would be computed for nothing
    }
    if (n_running_ == 0) {
        return !samples_.is_empty();
    }
    step();
    return true;
}

// The steps that the running sample with the fewest tokens may still take.
int stream_worker::steps_left() const {
    int left = 0;
    for (const int sample : streams_) {
        if (sample >= 0) {
            left = std::max(left, request_->max_tokens - int(samples_[size_t(sample)].out->tokens.size()));
        }
    }
    return left;
}

// Moves the running samples to the first streams.
void stream_worker::compact() {
    std::vector<stream_copy> moves;
    size_t hole = 0;
    for (size_t stream = streams_.size(); stream-- > n_running_;) {
        if (streams_[stream] < 0) {
            continue;
        }
        while (streams_[hole] >= 0) {
            hole++;
        }
        std::swap(streams_[hole], streams_[stream]);
        moves.push_back({int(stream), int(hole), cells_of(samples_[size_t(streams_[hole])])});
    }
    place(moves, streams_.size());
    streams_.resize(n_running_);
}

// Copies cells to the streams of running samples, and empties the streams from those up to `end`.
void stream_worker::place(const std::vector<stream_copy> & copies, size_t end) {
    std::vector<stream_copy> moved;
    std::copy_if(copies.begin(), copies.end(), std::back_inserter(moved), [](const stream_copy & c) { return c.from != c.to; });
    if (!moved.empty()) {
        ggml_backend_t backend;
        llama_get_device_logits(context_, &backend);
        copier_.copy(context_, backend, moved);
    }
    for (const stream_copy & c : copies) {
        llama_stream_fill(context_, c.to, uint32_t(c.cells));
        if (n_lanes_ > 1) {
            llama_set_sequence_lane(context_, c.to, int32_t(samples_[size_t(streams_[size_t(c.to)])].prompt->lane));
        }
    }
    for (size_t stream = n_running_; stream < end; stream++) {
        llama_stream_fill(context_, int(stream), 0);
    }
}

void stream_worker::admit() {
    const int first_stream = int(n_running_);
    const size_t n_free = size_t(options_.max_sequences) - n_running_;
    const std::vector<admission> admissions = samples_.next(n_free, n_free);
    streams_.resize(n_running_ + admissions.size(), -1);
    for (size_t first = 0; first < admissions.size();) {
        const size_t length = admissions[first].prompt->tokens.size();  // the longest of those that are left
        const size_t count = std::clamp<size_t>(size_t(batch_capacity_) / length, 1, admissions.size() - first);
        prefill(admissions, first, count);
        first += count;
    }
    spread(admissions, first_stream);
}

void stream_worker::add_token(int32_t token, int position, int stream, bool output) {
    const int at = batch_.n_tokens++;
    batch_.token[at] = token;
    batch_.pos[at] = position;
    batch_.n_seq_id[at] = 1;
    batch_.seq_id[at][0] = stream;
    batch_.logits[at] = output;
}

// Computes `count` prompts side by side, padded behind their ends to one length, and draws their samples' first tokens.
void stream_worker::prefill(const std::vector<admission> & admissions, size_t first, size_t count) {
    const int first_stream = int(n_running_);
    const int length = int(admissions[first].prompt->tokens.size());
    if (n_lanes_ > 1) {
        for (size_t i = 0; i < count; i++) {
            llama_set_sequence_lane(context_, first_stream + int(first + i), int32_t(admissions[first + i].prompt->lane));
        }
    }
    std::vector<int32_t> rows;
    if (length > batch_capacity_) {
        prefill_long(admissions[first], first_stream + int(first));
        rows.assign(admissions[first].samples.size(), 0);
    } else {
        batch_.n_tokens = 0;
        for (size_t i = 0; i < count; i++) {
            const std::vector<int32_t> & tokens = admissions[first + i].prompt->tokens;
            for (int t = 0; t < length; t++) {
                add_token(tokens[std::min(size_t(t), tokens.size() - 1)], t, first_stream + int(first + i), size_t(t) + 1 == tokens.size());
            }
            rows.insert(rows.end(), admissions[first + i].samples.size(), int32_t(i));
            statistics_.prefilled_tokens += int64_t(tokens.size());
        }
        decode();
    }
    draw_first(admissions, first, count, rows);
}

void stream_worker::prefill_long(const admission & a, int stream) {
    const std::vector<int32_t> & tokens = a.prompt->tokens;
    for (size_t begin = 0; begin < tokens.size(); begin += size_t(batch_capacity_)) {
        const size_t end = std::min(begin + size_t(batch_capacity_), tokens.size());
        batch_.n_tokens = 0;
        for (size_t t = begin; t < end; t++) {
            add_token(tokens[t], int(t), stream, t + 1 == tokens.size());
        }
        decode();
        progress_.check();
    }
    statistics_.prefilled_tokens += int64_t(tokens.size());
}

void stream_worker::draw_first(const std::vector<admission> & admissions, size_t first, size_t count, const std::vector<int32_t> & rows) {
    std::vector<size_t> drawn;
    for (size_t i = first; i < first + count; i++) {
        drawn.insert(drawn.end(), admissions[i].samples.begin(), admissions[i].samples.end());
    }
    std::vector<double> uniforms;
    for (const size_t sample : drawn) {
        const sample_state & s = samples_[sample];
        uniforms.push_back(uniform(*s.prompt, s.index, s.out->tokens.size()));
    }
    const auto & draws = draw(rows, uniforms);
    for (size_t i = 0; i < drawn.size(); i++) {
        sample_state & s = samples_[drawn[i]];
        s.ended = append(s, draws[i].token, draws[i].logprob);
    }
}

// Copies each prompt from the stream where it was computed to those of its samples.
void stream_worker::spread(const std::vector<admission> & admissions, int first_stream) {
    streams_.resize(size_t(first_stream));
    std::vector<stream_copy> copies;
    for (size_t i = 0; i < admissions.size(); i++) {
        for (const size_t sample : admissions[i].samples) {
            if (samples_[sample].ended) {
                continue;
            }
            const int from = first_stream + int(i), to = int(streams_.size());
            copies.push_back({from, to, int(admissions[i].prompt->tokens.size())});
            streams_.push_back(int(sample));
        }
    }
    n_running_ = streams_.size();
    place(copies, size_t(first_stream) + admissions.size());
}

// One token of every stream. An ended one computes a token that nobody reads, so that the batch keeps its shape.
void stream_worker::step() {
    batch_.n_tokens = 0;
    std::vector<double> uniforms;
    for (size_t stream = 0; stream < streams_.size(); stream++) {
        if (streams_[stream] < 0) {
            llama_stream_fill(context_, int(stream), 0);
            add_token(0, 0, int(stream), true);
            uniforms.push_back(0);
            continue;
        }
        const sample_state & s = samples_[size_t(streams_[stream])];
        add_token(s.out->tokens.back(), cells_of(s), int(stream), true);
        uniforms.push_back(uniform(*s.prompt, s.index, s.out->tokens.size()));
    }
    decode();
    const auto & draws = draw({}, uniforms);
    for (size_t stream = 0; stream < streams_.size(); stream++) {
        if (streams_[stream] >= 0 && append(samples_[size_t(streams_[stream])], draws[stream].token, draws[stream].logprob)) {
            streams_[stream] = -1;
            n_running_--;
        }
    }
}

// Truncated distributions (evaluation only) need the sorted row, which the host makes.
const std::vector<device_sampler::draw> & stream_worker::draw(const std::vector<int32_t> & rows, const std::vector<double> & uniforms) {
    ggml_backend_t backend;
    ggml_tensor * logits = llama_get_device_logits(context_, &backend);
    if (request_->top_p >= 1 && request_->top_k <= 0) {
        return sampler_.sample(logits, backend, rows, uniforms, request_->temperature);
    }
    ggml_backend_synchronize(backend);
    std::vector<float> row((size_t) n_vocab_);
    host_draws_.resize(uniforms.size());
    for (size_t i = 0; i < uniforms.size(); i++) {
        const size_t at = rows.empty() ? i : size_t(rows[i]);
        ggml_backend_tensor_get(logits, row.data(), at * row.size() * sizeof(float), row.size() * sizeof(float));
        host_draws_[i].token = sample_token(row.data(), n_vocab_, request_->temperature, request_->top_p, request_->top_k, uniforms[i], &host_draws_[i].logprob);
    }
    return host_draws_;
}

} // namespace tinylora
