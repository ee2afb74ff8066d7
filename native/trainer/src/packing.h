// Packing: groups of sequences cut into micro-batches, and the index lists that take packed rows to attention's blocks.
//
// Tokens are packed without padding (linear layers see [N] rows); only attention works on padded blocks:
//   prompt block      queries and keys of all prefixes, P rows each
//   completion block  queries and keys of all suffixes, L rows each, which also see their group's prefix
// A suffix's last token is never computed, since nothing is predicted from it.
#pragma once

#include <cstdint>
#include <vector>

#include "tinylora/gradient.h"

namespace tinylora {

struct pack_entry {
    int group;
    int first_suffix, last_suffix;  // [first, last)
};

struct pack_target {
    int row;      // packed row whose prediction this is
    int32_t token;
    int group, suffix, position;  // suffix −1: a prefix token
};

struct micro_batch {
    std::vector<pack_entry> entries;
    int n_tokens = 0;
    int n_groups = 0;       // G
    int n_suffixes = 0;     // K, padded
    int prefix_rows = 0;    // P, padded
    int suffix_rows = 0;    // L, padded; 0: no completion block
    std::vector<int32_t> tokens, positions;
    std::vector<std::vector<int32_t>> prefix_row;               // [entry][position] packed row
    std::vector<std::vector<std::vector<int32_t>>> suffix_row;  // [entry][suffix][position]
    std::vector<pack_target> targets;
};

// Rows gathered for attention. A row is one head's vector of one token: head + n_heads · packed row.
// Blocks are laid out [batch = kv_head · G + g][suffix][head in kv group][position], position fastest.
struct attention_layout {
    int rows_prompt_q = 0, rows_completion_q = 0;  // in all
    std::vector<int32_t> prompt_q, prompt_kv, completion_q, completion_kv;
    std::vector<float> prompt_mask;        // the same for every head; ggml ne = {P, P, 1, G}
    std::vector<float> completion_mask;    // ggml ne = {P + L, L, K, G}
    std::vector<float> prompt_valid;       // 1 where the query row is a token: ne = {1, P·heads, 1, kv·G}
    std::vector<float> completion_valid;   // ne = {1, L·heads, K, kv·G}
    std::vector<int32_t> unpack_q;         // [n_head · N]: row in prompt rows followed by completion rows
    std::vector<int32_t> unpack_kv;        // [n_head_kv · N]
};

std::vector<micro_batch> make_micro_batches(const std::vector<sequence_group> & groups, int token_budget);
// For each packed row the targets predicted from it, as lists of [N]: the k-th list has every row's k-th target, or
// targets.size() where it has none. Gathering them adds up what a scatter would, and needs no atomic additions.
std::vector<std::vector<int32_t>> targets_of_rows(const micro_batch & b);

attention_layout make_attention_layout(const micro_batch & b, int n_head, int n_head_kv);

}  // namespace tinylora
