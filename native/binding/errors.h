// Errors on their way from C++ to JavaScript: every one carries a `code` of NativeErrorCode. Engine process.
#pragma once

#include <napi.h>

#include <string>

namespace binding {

struct failure {
    const char * code;  // BAD_INPUT, CANCELLED, OUT_OF_MEMORY or INTERNAL
    std::string message;
};

// The exception being handled. Call inside a catch block only.
failure current_failure();

Napi::Error to_js_error(Napi::Env env, const failure & f);

// A TypeError with code BAD_INPUT, for arguments of the wrong type, range or length.
Napi::Error argument_error(Napi::Env env, const std::string & message);

// Runs a synchronous method; C++ exceptions become JavaScript errors with a code.
template <typename F> auto guarded(Napi::Env env, F && body) -> decltype(body()) {
    try {
        return body();
    } catch (const Napi::Error &) {
        throw;
    } catch (...) {
        throw to_js_error(env, current_failure());
    }
}

} // namespace binding
