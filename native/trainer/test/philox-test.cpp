// Philox against the known answers of Random123 (Salmon et al.), the normals against golden bits, uniforms by moments.
#include "tinylora/philox.h"

#include <cstring>
#include <set>

#include "check.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

void known_answers() {
    const philox_block zeros = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const philox_block ones = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    const philox_block digits = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    const uint32_t all = 0xffffffff;
    check(philox4x32({0, 0}, {0, 0, 0, 0}) == zeros, "known answer for zeros");
    check(philox4x32({all, all}, {all, all, all, all}) == ones, "known answer for ones");
    check(philox4x32({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) == digits, "known answer for the digits of pi");
    check(name_hash("blk.0.attn_q") == 0xf0ae90f2aa836dab, "FNV-1a of a module name");
}

// Bit for bit: a saved adapter means nothing without exactly these projections.
void golden_normals() {
    struct golden {
        uint64_t seed;
        const char * name;
        std::vector<double> values;
    };
    const golden cases[] = {
        {42, "blk.0.attn_q", {-0x1.1069d9a46a425p+0, 0x1.fc9d93ebc1366p-2, -0x1.0e54e0f9d1339p+1, 0x1.24008ae6297dfp+1, 0x1.90761723837edp+0}},
        {1099511627783, "blk.27.ffn_down", {0x1.ce2276827a6e5p-4, 0x1.4e152fa8e3c90p+0, -0x1.11d8c994514e5p-4}},
    };
    for (const golden & c : cases) {
        const std::vector<double> values = projection_normals(c.seed, c.name, c.values.size());
        for (size_t i = 0; i < values.size(); i++) {
            char text[160];
            std::snprintf(text, sizeof text, "normal %zu of seed %llu, %s: %a", i, (unsigned long long) c.seed, c.name, values[i]);
            check(std::memcmp(&values[i], &c.values[i], sizeof(double)) == 0, text);
        }
    }
}

void normal_moments() {
    const size_t count = 200000;
    const std::vector<double> values = projection_normals(1, "blk.3.ffn_up", count);
    double sum = 0, squares = 0, fourth = 0;
    int tails = 0;
    for (const double x : values) {
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
        tails += std::fabs(x) > 3;
    }
    check_near(sum / count, 0, 0.01, "mean of the normals");
    check_near(squares / count, 1, 0.015, "variance of the normals");
    check_near(fourth / count, 3, 0.1, "fourth moment of the normals");
    check_near(double(tails) / count, 0.0026998, 0.0005, "share beyond three standard deviations");
    const std::vector<double> shorter = projection_normals(1, "blk.3.ffn_up", 7);
    check(std::equal(shorter.begin(), shorter.end(), values.begin()), "a shorter series is the beginning of a longer one");
}

void uniforms() {
    check(sample_uniform(42, 0, 0, 0, 0, 0) == 0x1.b31f66dc667c3p-1, "golden uniform of zeros");
    check(sample_uniform(8589934599, 3, 1, 12, 4, 99) == 0x1.a0e5876e96e98p-1, "golden uniform");

    double sum = 0;
    const int count = 100000;
    for (int i = 0; i < count; i++) {
        const double u = sample_uniform(7, 1, 0, uint32_t(i / 1000), uint32_t(i / 10 % 100), uint32_t(i % 10));
        check(u >= 0 && u < 1, "uniform in [0, 1)");
        sum += u;
    }
    check_near(sum / count, 0.5, 0.004, "mean of the uniforms");

    std::set<double> distinct;
    for (int coordinate = 0; coordinate < 6; coordinate++) {
        for (uint32_t value = 1; value <= 50; value++) {
            uint32_t at[6] = {};
            at[coordinate] = value;
            distinct.insert(sample_uniform(at[0], at[1], at[2], at[3], at[4], at[5]));
        }
    }
    check(distinct.size() == 300, "every coordinate changes the uniform");
}

} // namespace

int main() {
    known_answers();
    golden_normals();
    normal_moments();
    uniforms();
    return finish();
}
