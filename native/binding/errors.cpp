// Errors on their way from C++ to JavaScript: every one carries a `code` of NativeErrorCode. Engine process.
#include "errors.h"

#include <exception>
#include <new>

#include "tinylora/error.h"

namespace binding {

static const char * code_name(tinylora::error_code code) {
    switch (code) {
        case tinylora::error_code::bad_input:     return "BAD_INPUT";
        case tinylora::error_code::cancelled:     return "CANCELLED";
        case tinylora::error_code::out_of_memory: return "OUT_OF_MEMORY";
        case tinylora::error_code::internal:      return "INTERNAL";
    }
    return "INTERNAL";
}

failure current_failure() {
    try {
        throw;
    } catch (const tinylora::error & e) {
        return {code_name(e.code()), e.what()};
    } catch (const std::bad_alloc &) {
        return {"OUT_OF_MEMORY", "The memory does not suffice. Use a smaller model, fewer sequences or fewer tokens in a batch."};
    } catch (const std::exception & e) {
        return {"INTERNAL", e.what()};
    } catch (...) {
        return {"INTERNAL", "Unknown native exception."};
    }
}

Napi::Error to_js_error(Napi::Env env, const failure & f) {
    Napi::Error error = Napi::Error::New(env, f.message);
    error.Set("code", Napi::String::New(env, f.code));
    return error;
}

Napi::Error argument_error(Napi::Env env, const std::string & message) {
    Napi::TypeError error = Napi::TypeError::New(env, message);
    error.Set("code", Napi::String::New(env, "BAD_INPUT"));
    return error;
}

} // namespace binding
