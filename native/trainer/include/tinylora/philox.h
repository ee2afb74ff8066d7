// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011),
// and the normals of TinyLoRA's projections. The integer stream is exact everywhere; the normals use only correctly
// rounded IEEE operations (build with -ffp-contract=off), so they are the same bits on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tinylora {

using philox_block = std::array<uint32_t, 4>;

philox_block philox4x32(std::array<uint32_t, 2> key, philox_block counter);

// 64-bit FNV-1a of the canonical module name.
uint64_t name_hash(const std::string & name);

// `count` independent N(0, 1) values for (seed, name).
std::vector<double> projection_normals(uint64_t seed, const std::string & name, size_t count);

// The uniform number in [0, 1) that decides token `position` of sample `sample` of prompt `prompt` in lane `lane`.
// `stream` separates calls under one seed (the step, an evaluation).
double sample_uniform(uint64_t seed, uint32_t stream, uint32_t lane, uint32_t prompt, uint32_t sample, uint32_t position);

} // namespace tinylora
