// Text ↔ token ids with the model's own tokenizer. Engine process.
#include "text.h"

#include "tinylora/error.h"

namespace binding {

static void require_tokenizer(const tinylora::model & m) {
    // llama.cpp asserts on these questions when there is no vocabulary.
    if (!m.has_tokenizer()) {
        tinylora::fail_input("The model '" + m.options().path + "' has no tokenizer. Give token ids, or choose a model with a tokenizer.");
    }
}

std::vector<int32_t> tokenize_text(const tinylora::model & m, const std::string & text, bool special, bool add_bos) {
    require_tokenizer(m);
    std::vector<int32_t> ids;
    if (add_bos) {
        const llama_token bos = llama_vocab_bos(m.vocab());
        if (bos == LLAMA_TOKEN_NULL) {
            tinylora::fail_input("The model '" + m.options().path + "' has no beginning-of-sequence token. Set addBos to false.");
        }
        ids.push_back(bos);
    }
    if (text.size() > INT32_MAX) {
        tinylora::fail_input("The text of " + std::to_string(text.size()) + " bytes is too long to tokenize. Split it.");
    }
    // add_special = false: it would also append an end token where the file asks for one.
    const int32_t length = static_cast<int32_t>(text.size());
    const int32_t needed = -llama_tokenize(m.vocab(), text.data(), length, nullptr, 0, false, special);
    if (needed <= 0) {
        return ids;
    }
    const size_t first = ids.size();
    ids.resize(first + static_cast<size_t>(needed));
    llama_tokenize(m.vocab(), text.data(), length, ids.data() + first, needed, false, special);
    return ids;
}

std::string token_bytes(const tinylora::model & m, const std::vector<int32_t> & ids, bool special) {
    require_tokenizer(m);
    std::string bytes;
    std::string piece(64, '\0');
    for (const int32_t id : ids) {
        int32_t length = llama_token_to_piece(m.vocab(), id, piece.data(), static_cast<int32_t>(piece.size()), 0, special);
        if (length < 0) {
            piece.resize(static_cast<size_t>(-length));
            length = llama_token_to_piece(m.vocab(), id, piece.data(), static_cast<int32_t>(piece.size()), 0, special);
        }
        bytes.append(piece.data(), static_cast<size_t>(length));
    }
    return bytes;
}

} // namespace binding
