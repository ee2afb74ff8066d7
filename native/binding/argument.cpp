// A JavaScript argument together with its path, e.g. `groups[2].suffixes[0]`; reading it checks it. Engine process.
#include "argument.h"

#include <cfloat>
#include <cmath>
#include <sstream>

#include "errors.h"

namespace binding {

static std::string number_text(double value) {
    std::ostringstream out;
    out.precision(17);
    out << value;
    return out.str();
}

std::string argument::shown() const {
    if (value_.IsNumber()) {
        return number_text(value_.As<Napi::Number>().DoubleValue());
    }
    if (value_.IsString()) {
        return "'" + value_.As<Napi::String>().Utf8Value() + "'";
    }
    if (value_.IsUndefined()) {
        return "nothing";
    }
    if (value_.IsNull()) {
        return "null";
    }
    if (value_.IsBoolean()) {
        return value_.As<Napi::Boolean>().Value() ? "true" : "false";
    }
    if (value_.IsArray()) {
        return "an array";
    }
    return value_.IsTypedArray() ? "another typed array" : "another type";
}

void argument::fail(const std::string & expectation) const {
    throw argument_error(value_.Env(), path_ + " must be " + expectation + "; got " + shown() + ".");
}

void argument::fail_with(const std::string & message) const {
    throw argument_error(value_.Env(), path_ + " " + message);
}

argument argument::field(const char * key) const {
    if (!value_.IsObject() || value_.IsArray()) {
        fail("an object");
    }
    return {value_.As<Napi::Object>().Get(key), path_ + "." + key};
}

argument argument::element(uint32_t index) const {
    return {value_.As<Napi::Array>().Get(index), path_ + "[" + std::to_string(index) + "]"};
}

uint32_t argument::length() const {
    if (!value_.IsArray()) {
        fail("an array");
    }
    return value_.As<Napi::Array>().Length();
}

std::string argument::text() const {
    if (!value_.IsString()) {
        fail("a string");
    }
    return value_.As<Napi::String>().Utf8Value();
}

std::string argument::non_empty_text() const {
    std::string given = text();
    if (given.empty()) {
        fail("a non-empty string");
    }
    return given;
}

bool argument::flag() const {
    if (!value_.IsBoolean()) {
        fail("true or false");
    }
    return value_.As<Napi::Boolean>().Value();
}

double argument::number(double minimum, double maximum) const {
    const double given = value_.IsNumber() ? value_.As<Napi::Number>().DoubleValue() : NAN;
    if (!(given >= minimum && given <= maximum)) {
        fail("a number from " + number_text(minimum) + " to " + number_text(maximum));
    }
    return given;
}

double argument::not_negative() const {
    const double given = value_.IsNumber() ? value_.As<Napi::Number>().DoubleValue() : NAN;
    if (!(given >= 0 && given <= FLT_MAX)) {
        fail("a finite number of at least 0");
    }
    return given;
}

double argument::positive() const {
    const double given = value_.IsNumber() ? value_.As<Napi::Number>().DoubleValue() : NAN;
    if (!(given >= FLT_MIN && given <= FLT_MAX)) {
        fail("a finite number above 0");
    }
    return given;
}

int64_t argument::integer(int64_t minimum, int64_t maximum) const {
    const double given = value_.IsNumber() ? value_.As<Napi::Number>().DoubleValue() : NAN;
    const bool in_range = given >= static_cast<double>(minimum) && given <= static_cast<double>(maximum);
    if (!in_range || given != std::floor(given)) {
        fail("an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum));
    }
    return static_cast<int64_t>(given);
}

std::vector<float> argument::floats(size_t count) const {
    if (!value_.IsTypedArray() || value_.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
        fail("a Float32Array");
    }
    const Napi::Float32Array array = value_.As<Napi::Float32Array>();
    if (count != any_count && array.ElementLength() != count) {
        fail_with("must hold " + std::to_string(count) + " numbers; got " + std::to_string(array.ElementLength()) + ".");
    }
    std::vector<float> copy(array.Data(), array.Data() + array.ElementLength());
    for (size_t i = 0; i < copy.size(); i++) {
        if (!std::isfinite(copy[i])) {
            fail_with("holds a number that is not finite, at index " + std::to_string(i) + ".");
        }
    }
    return copy;
}

std::vector<int32_t> argument::token_ids(int vocabulary_size) const {
    if (!value_.IsTypedArray() || value_.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
        fail("an Int32Array of token ids");
    }
    const Napi::Int32Array array = value_.As<Napi::Int32Array>();
    std::vector<int32_t> ids(array.Data(), array.Data() + array.ElementLength());
    for (size_t i = 0; i < ids.size(); i++) {
        if (ids[i] < 0 || ids[i] >= vocabulary_size) {
            fail_with("holds the token id " + std::to_string(ids[i]) + " at index " + std::to_string(i) + ", but the model's ids run from 0 to " +
                      std::to_string(vocabulary_size - 1) + ".");
        }
    }
    return ids;
}

} // namespace binding
