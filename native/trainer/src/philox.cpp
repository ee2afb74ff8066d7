// Philox4x32-10 and the normals of TinyLoRA's projections. Runs in the engine process.
// Only +, −, ×, ÷ and sqrt of IEEE doubles are used, so (with -ffp-contract=off) every machine computes the same bits.
#include "tinylora/philox.h"

#include <cmath>
#include <cstring>

namespace tinylora {

philox_block philox4x32(std::array<uint32_t, 2> key, philox_block counter) {
    constexpr uint32_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
    constexpr uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;
    constexpr int rounds = 10;

    for (int round = 0; round < rounds; round++) {
        const uint64_t product_0 = uint64_t(multiplier_0) * counter[0];
        const uint64_t product_1 = uint64_t(multiplier_1) * counter[2];
        counter = {
            uint32_t(product_1 >> 32) ^ counter[1] ^ key[0],
            uint32_t(product_1),
            uint32_t(product_0 >> 32) ^ counter[3] ^ key[1],
            uint32_t(product_0),
        };
        key[0] += weyl_0;
        key[1] += weyl_1;
    }
    return counter;
}

uint64_t name_hash(const std::string & name) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) {
        hash = (hash ^ uint8_t(c)) * 0x100000001b3;
    }
    return hash;
}

namespace {

constexpr double two_pow_minus_53 = 1.0 / 9007199254740992.0;

// 53 random bits from two words.
uint64_t bits53(uint32_t high, uint32_t low) {
    return (uint64_t(high) << 21) ^ (low >> 11);
}

// Natural logarithm of a positive normal double from basic operations: x = m · 2^e with m in [√½, √2),
// log m = 2 artanh((m − 1) / (m + 1)). Error below 2 units in the last place.
double portable_log(double x) {
    uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    int exponent = int(bits >> 52) - 1022;
    bits = (bits & 0x000fffffffffffff) | 0x3fe0000000000000;  // m in [0.5, 1)
    double mantissa;
    std::memcpy(&mantissa, &bits, sizeof mantissa);
    if (mantissa < 0.70710678118654752) {
        mantissa *= 2;
        exponent--;
    }
    const double s = (mantissa - 1) / (mantissa + 1);
    const double s2 = s * s;
    double series = 0;
    for (int denominator = 25; denominator >= 3; denominator -= 2) {
        series = (series + 1.0 / denominator) * s2;
    }
    constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    return exponent * ln2_high + (exponent * ln2_low + 2 * s * series + 2 * s);
}

template <size_t n> double polynomial(const double (&coefficients)[n], double x) {
    double value = coefficients[n - 1];
    for (size_t i = n - 1; i-- > 0;) {
        value = value * x + coefficients[i];
    }
    return value;
}

// Inverse of the normal distribution function at 0.5 + q: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
// q in (−0.5, 0.5).
double normal_quantile(double q) {
    static constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
        1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4,
        2.5090809287301226727e+3};
    static constexpr double b[] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
        2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3};
    static constexpr double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
        7.74545014278341407640e-4};
    static constexpr double d[] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
    static constexpr double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
        2.01033439929228813265e-7};
    static constexpr double f[] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};

    const double magnitude = q < 0 ? -q : q;
    if (magnitude <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    double r = std::sqrt(-portable_log(0.5 - magnitude));
    double value;
    if (r <= 5) {
        r -= 1.6;
        value = polynomial(c, r) / polynomial(d, r);
    } else {
        r -= 5;
        value = polynomial(e, r) / polynomial(f, r);
    }
    return q < 0 ? -value : value;
}

// The middle of the k-th of 2^53 equal cells of (−0.5, 0.5): exact in a double, never an end point.
double centred_uniform(uint64_t k) {
    return (double(int64_t(k) - 4503599627370496) + 0.5) * two_pow_minus_53;
}

} // namespace

std::vector<double> projection_normals(uint64_t seed, const std::string & name, size_t count) {
    const uint64_t hash = name_hash(name);
    const std::array<uint32_t, 2> key = {uint32_t(seed), uint32_t(seed >> 32)};

    std::vector<double> values;
    values.reserve(count + 1);
    for (uint32_t index = 0; values.size() < count; index++) {
        const philox_block words = philox4x32(key, {index, 0, uint32_t(hash), uint32_t(hash >> 32)});
        values.push_back(normal_quantile(centred_uniform(bits53(words[0], words[1]))));
        values.push_back(normal_quantile(centred_uniform(bits53(words[2], words[3]))));
    }
    values.resize(count);
    return values;
}

double sample_uniform(uint64_t seed, uint32_t stream, uint32_t lane, uint32_t prompt, uint32_t sample, uint32_t position) {
    // The six numbers do not fit one counter: seed, stream and lane make the key of a second block. The last counter
    // words keep the two uses apart.
    const philox_block derived = philox4x32({uint32_t(seed), uint32_t(seed >> 32)}, {stream, lane, 0, 1});
    const philox_block words = philox4x32({derived[0], derived[1]}, {prompt, sample, position, 2});
    return double(bits53(words[0], words[1])) * two_pow_minus_53;
}

} // namespace tinylora
