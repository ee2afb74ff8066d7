// sample_token: distribution (chi-squared), exact log-probs, ties, truncation, and its time at a large vocabulary.
#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "check.h"
#include "tinylora/philox.h"
#include "tinylora/rollout.h"

using namespace tinylora;
using namespace tinylora_test;

namespace {

std::vector<float> random_logits(int count, double spread, const char * name) {
    std::vector<float> logits;
    for (const double x : projection_normals(5, name, size_t(count))) {
        logits.push_back(float(x * spread));
    }
    return logits;
}

std::vector<double> softmax(const std::vector<float> & logits, double temperature) {
    const double maximum = *std::max_element(logits.begin(), logits.end());
    std::vector<double> p;
    for (const float x : logits) {
        p.push_back(std::exp((x - maximum) / temperature));
    }
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double & value : p) {
        value /= sum;
    }
    return p;
}

// 50,000 draws against the expected distribution; the statistic stays below its 99.99 % point for these fixed seeds.
void chi_squared(float temperature, float top_p, int top_k, const std::vector<double> & expected, const std::vector<float> & logits, const std::string & name) {
    const int draws = 50000;
    std::vector<int> counts(logits.size());
    for (int i = 0; i < draws; i++) {
        float logprob;
        const double uniform = sample_uniform(11, 0, 0, 0, uint32_t(i), 0);
        counts[size_t(sample_token(logits.data(), int(logits.size()), temperature, top_p, top_k, uniform, &logprob))]++;
    }
    double statistic = 0;
    int degrees = -1;
    for (size_t i = 0; i < counts.size(); i++) {
        if (expected[i] == 0) {
            check(counts[i] == 0, name + ": a token outside the distribution was drawn");
            continue;
        }
        const double mean = expected[i] * draws;
        statistic += (counts[i] - mean) * (counts[i] - mean) / mean;
        degrees++;
    }
    const double limit = degrees + 3.72 * std::sqrt(2.0 * degrees) + 9.3;  // Laurent and Massart's bound at 1e-4
    check(statistic < limit, name + ": chi-squared " + std::to_string(statistic) + " of " + std::to_string(degrees) + " degrees");
}

void distributions() {
    const std::vector<float> logits = random_logits(12, 1.5, "tiny vocabulary");
    chi_squared(1.0f, 1, 0, softmax(logits, 1.0), logits, "temperature 1");
    chi_squared(0.7f, 1, 0, softmax(logits, 0.7), logits, "temperature 0.7");

    std::vector<size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
    const std::vector<double> p = softmax(logits, 1.0);
    const auto keep = [&](size_t count) {
        std::vector<double> kept(p.size());
        double mass = 0;
        for (size_t i = 0; i < count; i++) {
            mass += p[order[i]];
        }
        for (size_t i = 0; i < count; i++) {
            kept[order[i]] = p[order[i]] / mass;
        }
        return kept;
    };
    chi_squared(1.0f, 1, 4, keep(4), logits, "top-k 4");
    const double head = p[order[0]] + p[order[1]] + p[order[2]] / 2;
    chi_squared(1.0f, float(head), 0, keep(3), logits, "top-p that ends within the third token");
    const double head_of_four = (p[order[0]] + p[order[1]] / 2) / (p[order[0]] + p[order[1]] + p[order[2]] + p[order[3]]);
    chi_squared(1.0f, float(head_of_four), 4, keep(2), logits, "top-p of the four largest");
}

void exact_logprobs() {
    for (const int count : {1, 15, 256, 1024, 1025, 49152}) {
        const std::vector<float> logits = random_logits(count, 3, "logprobs");
        for (const float temperature : {1.0f, 0.7f, 0.0f}) {
            const std::vector<double> p = softmax(logits, temperature == 0 ? 1.0 : double(temperature));
            for (const double uniform : {0.0, 0.3, 0.77, 1 - 1e-16}) {
                float logprob;
                const int token = sample_token(logits.data(), count, temperature, 1, 0, uniform, &logprob);
                check_near(logprob, std::log(p[size_t(token)]), 1.5e-6, "log-prob in a vocabulary of " + std::to_string(count));
            }
        }
    }
}

void inverse_of_the_distribution_function() {
    const std::vector<float> logits = random_logits(5000, 2, "inverse");
    const std::vector<double> p = softmax(logits, 1);
    double below = 0;
    int wrong = 0;
    for (int token = 0; token < 5000; token++) {
        float logprob;
        wrong += sample_token(logits.data(), 5000, 1, 1, 0, below + p[size_t(token)] / 2, &logprob) != token;
        below += p[size_t(token)];
    }
    // Entries of 1e-7 are as small as the rounding of the sums.
    check(wrong <= 25, "the middle of a token's interval yields the token: " + std::to_string(wrong) + " of 5000 differ");
}

void edge_cases() {
    float logprob;
    std::vector<float> ties(3000, -1.0f);
    ties[1500] = ties[40] = ties[2999] = 2.0f;
    check(sample_token(ties.data(), 3000, 0, 1, 0, 0.9, &logprob) == 40, "greedy takes the lowest index among ties");
    check(sample_token(ties.data(), 3000, 1, 1, 1, 0.9, &logprob) == 40, "top-k 1 takes the lowest index among ties");

    std::vector<float> masked(2048, -INFINITY);
    masked[3] = 0.0f;
    for (const double uniform : {0.0, 0.5, 1 - 1e-16}) {
        check(sample_token(masked.data(), 2048, 1, 1, 0, uniform, &logprob) == 3 && logprob == 0.0f, "an entry of −∞ is never drawn");
    }
    const std::vector<float> broken(64, NAN);
    check_throws([&] { sample_token(broken.data(), 64, 1, 1, 0, 0.5, &logprob); }, "not finite", "logits without a number");
}

void speed() {
    const int count = 151936, repetitions = 200;
    const std::vector<float> logits = random_logits(count, 3, "speed");
    float logprob;
    double fastest_ms = 1e9;
    for (int i = 0; i < repetitions; i++) {
        const auto started = std::chrono::steady_clock::now();
        sample_token(logits.data(), count, 1, 1, 0, (i + 0.5) / repetitions, &logprob);
        fastest_ms = std::min(fastest_ms, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count());
    }
    std::printf("sample_token, vocabulary of %d: %.3f ms\n", count, fastest_ms);
}

} // namespace

int main() {
    distributions();
    exact_logprobs();
    inverse_of_the_distribution_function();
    edge_cases();
    speed();
    return finish();
}
