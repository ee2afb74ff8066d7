// The GRPO loss of one token and its derivative (paper §2), in double.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinylora/gradient.h"

namespace tinylora {

struct grpo_token {
    double importance_weight;  // w, detached
    double ratio;              // ρ
    double k3;
    bool clipped;
    double loss;       // already times the token's scale
    double d_logprob;  // d loss / d logp
};

inline double importance_weight(double old_logprob, double rollout_logprob, double cap) {
    return std::min(std::exp(old_logprob - rollout_logprob), cap);
}

// `reference_logprob` is ignored where kl_coefficient is 0.
inline grpo_token grpo_token_loss(const grpo_objective & objective, double advantage, double scale, double logprob, double old_logprob,
                                  double rollout_logprob, double reference_logprob) {
    grpo_token t{};
    // Paper §2: truncated importance weight, token level, upper cap only, detached.
    t.importance_weight = importance_weight(old_logprob, rollout_logprob, objective.importance_cap);
    // Paper §2: ρ_t = π_θ / π_old and the clipped surrogate.
    t.ratio = std::exp(logprob - old_logprob);
    const double low = 1.0 - objective.clip_epsilon, high = 1.0 + objective.clip_epsilon;
    const double unclipped = t.ratio * advantage;
    const double clipped = std::min(std::max(t.ratio, low), high) * advantage;
    t.clipped = clipped < unclipped;
    t.loss = -t.importance_weight * std::min(unclipped, clipped);
    t.d_logprob = t.clipped ? 0.0 : -t.importance_weight * unclipped;
    if (objective.kl_coefficient > 0) {
        // Paper §2: k3 = e^d − d − 1, d = log π_ref − log π_θ; w does not multiply it.
        const double d = reference_logprob - logprob;
        t.k3 = std::exp(d) - d - 1.0;
        t.loss += objective.kl_coefficient * t.k3;
        t.d_logprob += objective.kl_coefficient * (1.0 - std::exp(d));
    }
    t.loss *= scale;
    t.d_logprob *= scale;
    return t;
}

}  // namespace tinylora
