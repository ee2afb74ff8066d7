// Errors of the trainer. Thrown inside, turned into JavaScript errors by the binding.
#pragma once

#include <stdexcept>
#include <string>

namespace tinylora {

enum class error_code {
    bad_input,      // the caller's file, setting or data; the message says what, where and how to mend it
    cancelled,      // the caller asked for it
    out_of_memory,  // a buffer could not be allocated; nothing was changed
    internal,       // our bug, or the backend's
};

class error : public std::runtime_error {
public:
    error(error_code code, const std::string & message) : std::runtime_error(message), code_(code) {}
    error_code code() const { return code_; }

private:
    error_code code_;
};

[[noreturn]] inline void fail_input(const std::string & message) { throw error(error_code::bad_input, message); }
[[noreturn]] inline void fail_internal(const std::string & message) { throw error(error_code::internal, message); }

} // namespace tinylora
