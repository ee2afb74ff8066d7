// Text ↔ token ids with the model's own tokenizer. Thread-safe. Engine process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tinylora/model.h"

namespace binding {

// `special`: text such as <|im_end|> becomes its control token, else it stays plain text. `add_bos`: the model's
// beginning-of-sequence token comes first. Throws bad_input when the model has no tokenizer or no such token.
std::vector<int32_t> tokenize_text(const tinylora::model & m, const std::string & text, bool special, bool add_bos);

// The tokens' bytes one after the other; a character may be cut between tokens. `special`: control tokens are written out.
std::string token_bytes(const tinylora::model & m, const std::vector<int32_t> & ids, bool special);

} // namespace binding
