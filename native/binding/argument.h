// A JavaScript argument together with its path, e.g. `groups[2].suffixes[0]`; reading it checks it. Engine process.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace binding {

// All readers throw a TypeError that names the path, what is expected and what was given.
class argument {
public:
    argument(Napi::Value value, std::string path) : value_(value), path_(std::move(path)) {}

    argument field(const char * key) const;   // of an object
    argument element(uint32_t index) const;   // of an array
    uint32_t length() const;                  // of an array

    bool absent() const { return value_.IsUndefined(); }
    bool null_or_absent() const { return value_.IsUndefined() || value_.IsNull(); }

    std::string text() const;
    std::string non_empty_text() const;
    bool flag() const;
    double number(double minimum, double maximum) const;
    double not_negative() const;  // up to float32's largest
    double positive() const;      // within float32's range
    int64_t integer(int64_t minimum, int64_t maximum) const;

    // Float32Array of finite numbers; `count` of them unless any_count.
    std::vector<float> floats(size_t count) const;
    // Int32Array of token ids below vocabulary_size.
    std::vector<int32_t> token_ids(int vocabulary_size) const;

    // One of the named choices.
    template <typename T> T choice(std::initializer_list<std::pair<const char *, T>> choices) const {
        const std::string given = text();
        std::string names;
        for (const std::pair<const char *, T> & entry : choices) {
            if (given == entry.first) {
                return entry.second;
            }
            names += (names.empty() ? "'" : ", '") + std::string(entry.first) + "'";
        }
        fail("one of " + names);
    }

    // "<path> must be <expectation>; got <value>."
    [[noreturn]] void fail(const std::string & expectation) const;
    [[noreturn]] void fail_with(const std::string & message) const;

    Napi::Value value() const { return value_; }
    const std::string & path() const { return path_; }

    static constexpr size_t any_count = SIZE_MAX;

private:
    std::string shown() const;

    Napi::Value value_;
    std::string path_;
};

} // namespace binding
