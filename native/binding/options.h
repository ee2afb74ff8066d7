// JavaScript options and requests → the trainer's structs, checked field by field (see index.d.ts). Engine process.
#pragma once

#include <vector>

#include "argument.h"
#include "session.h"

namespace binding {

session_options read_session_options(const argument & options);
adapter_spec read_adapter_spec(const argument & spec);
tinylora::pass_options read_pass_options(const argument & options);
// `options` decides which fields a group must have.
std::vector<tinylora::sequence_group> read_groups(const argument & groups, const tinylora::pass_options & options, int vocabulary_size);
tinylora::adamw_options read_adamw_options(const argument & options);
optimiser_state read_optimiser_state(const argument & state);
tinylora::rollout_options read_rollout_options(const argument & options);
tinylora::sample_request read_sample_request(const argument & request, int vocabulary_size);

} // namespace binding
