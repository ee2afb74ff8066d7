// The adapter's tensors as the rollouts' graphs use them: one set a model, shared by all contexts (engine process).
#pragma once

#include <vector>

#include "ggml-cpp.h"
#include "llama-lanes.h"
#include "tinylora/adapter.h"
#include "tinylora/model.h"

namespace tinylora {

class lane_tensors {
public:
    // Several lanes of a factored adapter only. Throws out_of_memory when the device has no room.
    lane_tensors(const model & m, const adapter & a, int n_lanes);

    // θ of each lane. One lane: its core is folded into b, so that the graph has two small products a module.
    void write(const std::vector<std::vector<float>> & params);
    void attach(llama_context * context) const;
    int n_lanes() const { return n_lanes_; }

private:
    void write_b(size_t index, const std::vector<float> & b_O_R);

    const adapter & adapter_;
    int n_lanes_;
    bool b_transposed_;
    bool frozen_written_ = false;  // factored adapters: a, and with several lanes b, never change
    std::vector<llama_lane_module> tensors_;
    std::vector<ggml_context_ptr> contexts_;
    std::vector<ggml_backend_buffer_ptr> buffers_;
};

} // namespace tinylora
