// A context with one cache stream a sequence, sampled on the device: rollouts on a GPU (engine process).
//
// A token's attention passes over its own stream only, and every decoding step has the same shape, so that the backend can
// replay its graph. Streams in use are always the first ones: libllama cuts a batch wherever a stream is left out.
#pragma once

#include <vector>

#include "device-sampler.h"
#include "context-worker.h"
#include "sample-queue.h"
#include "stream-copier.h"

namespace tinylora {

class stream_worker : public context_worker {
public:
    // Throws bad_input without flash attention: values lie in the cache as rows only with it.
    stream_worker(const model & m, const rollout_options & options, int threads, progress & p);

protected:
    void start(const std::vector<size_t> & prompts, sample_result & result) override;
    bool advance() override;

private:
    void compact();
    int steps_left() const;
    void place(const std::vector<stream_copy> & copies, size_t end);
    void admit();
    void prefill(const std::vector<admission> & admissions, size_t first, size_t count);
    void prefill_long(const admission & a, int stream);
    void draw_first(const std::vector<admission> & admissions, size_t first, size_t count, const std::vector<int32_t> & rows);
    void spread(const std::vector<admission> & admissions, int first_stream);
    void step();
    void add_token(int32_t token, int position, int stream, bool output);
    const std::vector<device_sampler::draw> & draw(const std::vector<int32_t> & rows, const std::vector<double> & uniforms);
    int cells_of(const sample_state & s) const { return int(s.prompt->tokens.size() + s.out->tokens.size()) - 1; }

    device_sampler sampler_;
    stream_copier copier_;
    std::vector<device_sampler::draw> host_draws_;

    // One call of run:
    sample_queue samples_;
    std::vector<int> streams_;  // [stream] index into samples_, or −1 where it ended
    size_t n_running_ = 0;
};

} // namespace tinylora
