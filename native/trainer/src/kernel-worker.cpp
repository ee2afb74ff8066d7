// Rollouts by the kernels of native/kernels. Runs on a worker thread of the engine process.
#include "kernel-worker.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "../../kernels/kernels.h"

namespace tinylora {

namespace {

// Lowest numbers at the end, where they are taken.
std::vector<int> all_below(int n) {
    std::vector<int> numbers((size_t)n);
    std::iota(numbers.rbegin(), numbers.rend(), 0);
    return numbers;
}

int take(std::vector<int> & numbers) {
    const int number = numbers.back();
    numbers.pop_back();
    return number;
}

} // namespace

kernel_worker::kernel_worker(const model & m, const rollout_options & options, std::unique_ptr<device_decoder> decoder, progress & p)
    : rollout_worker(m, options, p), decoder_(std::move(decoder)) {}

void kernel_worker::clear() {
    while (!flights_.empty()) {
        const size_t count = flights_.front().samples.size();
        flights_.pop_front();
        decoder_->wait(count);
    }
}

// Every sequence has room for its longest completion from the start, and every prompt for the longest one.
void kernel_worker::start(const std::vector<size_t> & prompts, sample_result & result) {
    samples_.start(*request_, prompts, result);
    pending_.assign(samples_.size(), 0);
    running_.clear();
    longest_prompt_ = 0;
    for (const size_t index : prompts) {
        longest_prompt_ = std::max(longest_prompt_, int(request_->prompts[index].tokens.size()));
    }
    n_slots_ = std::min(options_.max_sequences, int(samples_.size()));
    n_places_ = std::min(n_slots_, int(prompts.size()));
    free_slots_ = all_below(n_slots_);
    free_places_ = all_below(n_places_);
    users_.assign((size_t)n_places_, 0);
    decoder_->reserve(n_slots_, n_places_ * longest_prompt_ + n_slots_ * request_->max_tokens);
}

bool kernel_worker::advance() {
    if (samples_.wants_start(running_.size(), size_t(n_slots_)) && !free_places_.empty()) {
        const auto began = std::chrono::steady_clock::now();
        while (!flights_.empty()) {
            land();
        }
        admit();
        statistics_.prefill_ms += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    }
    const bool launched = launch();
    if (!flights_.empty() && (!launched || flights_.size() == 2 || draws_on_host())) {
        land();
    }
    return !flights_.empty() || !running_.empty() || !samples_.is_empty();
}

void kernel_worker::admit() {
    const std::vector<admission> admissions = samples_.next(free_slots_.size(), free_places_.size());
    for (size_t first = 0; first < admissions.size();) {
        size_t count = 0, tokens = 0;
        while (first + count < admissions.size()) {
            tokens += admissions[first + count].prompt->tokens.size();
            if (count > 0 && tokens > size_t(options_.batch_tokens)) {
                break;
            }
            count++;
        }
        prefill(admissions, first, count);
        first += count;
        progress_.check();
    }
}

// Computes prompts one after the other in one batch, and draws their samples' first tokens.
void kernel_worker::prefill(const std::vector<admission> & admissions, size_t first, size_t count) {
    std::vector<int32_t> tokens, start{0}, cells, lanes;
    std::vector<float> uniforms;
    flight f;
    for (size_t i = first; i < first + count; i++) {
        const sample_prompt & prompt = *admissions[i].prompt;
        const int place = take(free_places_);
        users_[size_t(place)] = int(admissions[i].samples.size());
        tokens.insert(tokens.end(), prompt.tokens.begin(), prompt.tokens.end());
        start.push_back(int32_t(tokens.size()));
        cells.push_back(prefix_cell(place));
        lanes.push_back(int32_t(prompt.lane));
        for (const size_t sample : admissions[i].samples) {
            const int slot = take(free_slots_);
            running_.push_back({sample, slot, place});
            pending_[sample]++;
            f.samples.push_back(sample);
            f.slots.push_back(slot);
            f.rows.push_back(int32_t(i - first));
            uniforms.push_back(uniform(prompt, samples_[sample].index, 0));
        }
    }
    statistics_.prefilled_tokens += int64_t(tokens.size());
    statistics_.decode_calls++;
    const tinylora_prompts prompts = {int(tokens.size()), int(count), tokens.data(), start.data(), cells.data(), lanes.data()};
    const tinylora_draws draws = {int(f.samples.size()), f.rows.data(), f.slots.data(), uniforms.data(), request_->temperature};
    decoder_->prefill(prompts, draws);
    flights_.push_back(std::move(f));
    land();
}

// Begins the next token of every sequence that may have one; false when none may. One that ends in the meantime computes a
// token that nobody reads.
bool kernel_worker::launch() {
    std::vector<int32_t> positions, prefix_cells, prefix_lengths, own_cells, lanes;
    std::vector<float> uniforms;
    flight f;
    for (const sequence & s : running_) {
        const sample_state & state = samples_[s.sample];
        const int index = int(state.out->tokens.size()) + pending_[s.sample];
        if (index >= request_->max_tokens) {
            continue;
        }
        const int prefix_length = int(state.prompt->tokens.size());
        f.rows.push_back(int32_t(f.samples.size()));
        f.samples.push_back(s.sample);
        f.slots.push_back(s.slot);
        positions.push_back(prefix_length + index - 1);
        prefix_cells.push_back(prefix_cell(s.place));
        prefix_lengths.push_back(prefix_length);
        own_cells.push_back(own_cell(s.slot));
        lanes.push_back(int32_t(state.prompt->lane));
        uniforms.push_back(uniform(*state.prompt, state.index, size_t(index)));
        pending_[s.sample]++;
    }
    if (f.samples.empty()) {
        return false;
    }
    const int n = int(f.samples.size());
    const tinylora_sequences sequences = {n, f.slots.data(), positions.data(), prefix_cells.data(), prefix_lengths.data(), own_cells.data(), lanes.data()};
    const tinylora_draws draws = {n, f.rows.data(), f.slots.data(), uniforms.data(), request_->temperature};
    statistics_.decode_calls++;
    decoder_->step(sequences, draws);
    flights_.push_back(std::move(f));
    return true;
}

// Reads the oldest work's draws. Ended sequences give back their cells.
void kernel_worker::land() {
    const flight f = std::move(flights_.front());
    flights_.pop_front();
    std::vector<device_decoder::draw> draws = decoder_->wait(f.samples.size());
    if (draws_on_host()) {
        draw_on_host(f, draws);
    }
    for (size_t i = 0; i < f.samples.size(); i++) {
        sample_state & state = samples_[f.samples[i]];
        pending_[f.samples[i]]--;
        if (state.ended) {
            continue;
        }
        if (!std::isfinite(draws[i].logprob)) {
            fail_internal("The model returned logits that are not finite numbers.");
        }
        state.ended = append(state, draws[i].token, draws[i].logprob);
    }
    const auto ended = std::stable_partition(running_.begin(), running_.end(), [&](const sequence & s) { return !samples_[s.sample].ended; });
    for (auto s = ended; s != running_.end(); ++s) {
        free_slots_.push_back(s->slot);
        if (--users_[size_t(s->place)] == 0) {
            free_places_.push_back(s->place);
        }
    }
    running_.erase(ended, running_.end());
}

// Truncated distributions (evaluation only) need the sorted row, which the host makes.
void kernel_worker::draw_on_host(const flight & f, std::vector<device_decoder::draw> & draws) {
    for (size_t i = 0; i < f.samples.size(); i++) {
        const sample_state & state = samples_[f.samples[i]];
        decoder_->read_logits(f.rows[i], host_logits_);
        draws[i].token = sample_token(host_logits_.data(), n_vocab_, request_->temperature, request_->top_p, request_->top_k,
                                      uniform(*state.prompt, state.index, state.out->tokens.size()), &draws[i].logprob);
        decoder_->set_token(f.slots[i], draws[i].token);
    }
}

} // namespace tinylora
