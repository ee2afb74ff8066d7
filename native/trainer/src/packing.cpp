// Cutting groups into micro-batches of similar shape, and the index lists of attention's padded blocks.
#include "packing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tinylora {

namespace {

constexpr int k_row_multiple = 8;  // ggml's blocked matrix kernels want contraction lengths that are multiples of 8

int round_up(int n) { return (n + k_row_multiple - 1) / k_row_multiple * k_row_multiple; }

int computed_suffix_tokens(const sequence_group & g, int suffix) { return std::max<int>(0, (int) g.suffixes[suffix].size() - 1); }

// A group larger than the budget is cut by its suffixes; its prefix is then computed once a part.
std::vector<pack_entry> cut_groups(const std::vector<sequence_group> & groups, int token_budget) {
    std::vector<pack_entry> parts;
    for (int g = 0; g < (int) groups.size(); ++g) {
        const int n_suffixes = (int) groups[g].suffixes.size();
        int first = 0;
        do {
            int last = first, tokens = (int) groups[g].prefix.size();
            while (last < n_suffixes && (last == first || tokens + computed_suffix_tokens(groups[g], last) <= token_budget)) {
                tokens += computed_suffix_tokens(groups[g], last);
                last++;
            }
            parts.push_back({g, first, last});
            first = last;
        } while (first < n_suffixes);
    }
    return parts;
}

int part_tokens(const std::vector<sequence_group> & groups, const pack_entry & e) {
    int tokens = (int) groups[e.group].prefix.size();
    for (int s = e.first_suffix; s < e.last_suffix; ++s) {
        tokens += computed_suffix_tokens(groups[e.group], s);
    }
    return tokens;
}

void add_entry(micro_batch & b, const sequence_group & g, const pack_entry & e) {
    auto push = [&](int32_t token, int position) {
        b.tokens.push_back(token);
        b.positions.push_back(position);
        return b.n_tokens++;
    };
    const int n_prefix = (int) g.prefix.size();
    std::vector<int32_t> prefix_rows;
    for (int t = 0; t < n_prefix; ++t) {
        prefix_rows.push_back(push(g.prefix[t], t));
    }
    if (g.score_prefix && e.first_suffix == 0) {
        for (int t = 1; t < n_prefix; ++t) {
            b.targets.push_back({prefix_rows[t - 1], g.prefix[t], e.group, -1, t});
        }
    }
    std::vector<std::vector<int32_t>> suffix_rows;
    for (int s = e.first_suffix; s < e.last_suffix; ++s) {
        const auto & tokens = g.suffixes[s];
        std::vector<int32_t> rows;
        for (int t = 0; t < (int) tokens.size(); ++t) {
            b.targets.push_back({t == 0 ? prefix_rows.back() : rows[t - 1], tokens[t], e.group, s, t});
            if (t + 1 < (int) tokens.size()) {
                rows.push_back(push(tokens[t], n_prefix + t));
            }
        }
        b.suffix_rows = std::max(b.suffix_rows, round_up((int) rows.size()));
        suffix_rows.push_back(std::move(rows));
    }
    b.entries.push_back(e);
    b.n_groups++;
    b.n_suffixes = std::max(b.n_suffixes, e.last_suffix - e.first_suffix);
    b.prefix_rows = std::max(b.prefix_rows, round_up(n_prefix));
    b.prefix_row.push_back(std::move(prefix_rows));
    b.suffix_row.push_back(std::move(suffix_rows));
}

}  // namespace

std::vector<micro_batch> make_micro_batches(const std::vector<sequence_group> & groups, int token_budget) {
    std::vector<pack_entry> parts = cut_groups(groups, token_budget);
    // Similar shapes together, so that little is padded; stable, so that the same input packs the same way.
    auto shape = [&](const pack_entry & e) {
        int longest = 0;
        for (int s = e.first_suffix; s < e.last_suffix; ++s) {
            longest = std::max(longest, computed_suffix_tokens(groups[e.group], s));
        }
        return std::make_tuple(e.last_suffix - e.first_suffix, round_up(longest), round_up((int) groups[e.group].prefix.size()));
    };
    std::stable_sort(parts.begin(), parts.end(), [&](const pack_entry & x, const pack_entry & y) { return shape(x) > shape(y); });

    std::vector<micro_batch> batches;
    for (const pack_entry & e : parts) {
        const int tokens = part_tokens(groups, e);
        const bool fits = !batches.empty() && batches.back().n_tokens + tokens <= token_budget &&
                          batches.back().n_suffixes == e.last_suffix - e.first_suffix;
        if (!fits) {
            batches.emplace_back();
        }
        add_entry(batches.back(), groups[e.group], e);
    }
    return batches;
}

namespace {

constexpr float k_masked = -std::numeric_limits<float>::infinity();

void layout_prompts(attention_layout & a, const micro_batch & b, int n_head, int n_head_kv) {
    const int G = b.n_groups, P = b.prefix_rows, per_kv = n_head / n_head_kv;
    for (int kv = 0; kv < n_head_kv; ++kv) {
        for (int g = 0; g < G; ++g) {
            const auto & rows = b.prefix_row[g];
            const int n = (int) rows.size();
            for (int p = 0; p < P; ++p) {
                const int row = rows[std::min(p, n - 1)];
                if (p < n) {
                    a.unpack_kv[kv + n_head_kv * row] = (int32_t) a.prompt_kv.size();
                }
                a.prompt_kv.push_back(kv + n_head_kv * row);
            }
            for (int h = 0; h < per_kv; ++h) {
                const int head = kv * per_kv + h;
                for (int p = 0; p < P; ++p) {
                    const int row = rows[std::min(p, n - 1)];
                    if (p < n) {
                        a.unpack_q[head + n_head * row] = (int32_t) a.prompt_q.size();
                    }
                    a.prompt_q.push_back(head + n_head * row);
                    a.prompt_valid.push_back(p < n ? 1.0f : 0.0f);
                }
            }
        }
    }
    for (int g = 0; g < G; ++g) {
        const int n = (int) b.prefix_row[g].size();
        for (int q = 0; q < P; ++q) {
            for (int k = 0; k < P; ++k) {
                // A padded query sees everything: its row must not be all −∞, and its gradient is switched off.
                a.prompt_mask.push_back(q >= n || k <= q ? 0.0f : k_masked);
            }
        }
    }
}

void layout_completions(attention_layout & a, const micro_batch & b, int n_head, int n_head_kv) {
    const int G = b.n_groups, P = b.prefix_rows, L = b.suffix_rows, K = b.n_suffixes, per_kv = n_head / n_head_kv;
    const std::vector<int32_t> none;
    auto rows_of = [&](int g, int s) -> const std::vector<int32_t> & { return s < (int) b.suffix_row[g].size() ? b.suffix_row[g][s] : none; };
    for (int kv = 0; kv < n_head_kv; ++kv) {
        for (int g = 0; g < G; ++g) {
            for (int s = 0; s < K; ++s) {
                const auto & rows = rows_of(g, s);
                const int n = (int) rows.size();
                for (int l = 0; l < L; ++l) {
                    if (l < n) {
                        a.unpack_kv[kv + n_head_kv * rows[l]] = (int32_t) (a.prompt_kv.size() + a.completion_kv.size());
                    }
                    a.completion_kv.push_back(l < n ? kv + n_head_kv * rows[l] : kv);
                }
                for (int h = 0; h < per_kv; ++h) {
                    const int head = kv * per_kv + h;
                    for (int l = 0; l < L; ++l) {
                        if (l < n) {
                            a.unpack_q[head + n_head * rows[l]] = (int32_t) (a.prompt_q.size() + a.completion_q.size());
                        }
                        a.completion_q.push_back(l < n ? head + n_head * rows[l] : head);
                        a.completion_valid.push_back(l < n ? 1.0f : 0.0f);
                    }
                }
            }
        }
    }
    for (int g = 0; g < G; ++g) {
        const int n_prefix = (int) b.prefix_row[g].size();
        for (int s = 0; s < K; ++s) {
            const int n = (int) rows_of(g, s).size();
            for (int q = 0; q < L; ++q) {
                for (int k = 0; k < P + L; ++k) {
                    const bool visible = k < P ? k < n_prefix : k - P <= q;
                    a.completion_mask.push_back(q >= n || visible ? 0.0f : k_masked);
                }
            }
        }
    }
}

}  // namespace

std::vector<std::vector<int32_t>> targets_of_rows(const micro_batch & b) {
    std::vector<std::vector<int32_t>> lists;
    std::vector<size_t> used(b.n_tokens, 0);
    for (size_t i = 0; i < b.targets.size(); ++i) {
        const int row = b.targets[i].row;
        if (used[row] == lists.size()) {
            lists.emplace_back(b.n_tokens, (int32_t) b.targets.size());
        }
        lists[used[row]++][row] = (int32_t) i;
    }
    return lists;
}

attention_layout make_attention_layout(const micro_batch & b, int n_head, int n_head_kv) {
    attention_layout a;
    a.unpack_q.assign((size_t) n_head * b.n_tokens, 0);
    a.unpack_kv.assign((size_t) n_head_kv * b.n_tokens, 0);
    const size_t G = b.n_groups, P = b.prefix_rows, L = b.suffix_rows, K = b.n_suffixes;
    a.prompt_mask.reserve(G * P * P);
    a.completion_mask.reserve(G * K * L * (P + L));
    layout_prompts(a, b, n_head, n_head_kv);
    if (b.suffix_rows > 0) {
        layout_completions(a, b, n_head, n_head_kv);
    }
    a.rows_prompt_q = (int) a.prompt_q.size();
    a.rows_completion_q = (int) a.completion_q.size();
    return a;
}

}  // namespace tinylora
