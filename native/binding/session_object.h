// The JavaScript class Session of index.d.ts: checks arguments, queues work on the session's thread, converts results.
// Runs on the JavaScript thread of the engine process.
#pragma once

#include <napi.h>

#include <memory>

#include "argument.h"
#include "serial_worker.h"
#include "session.h"
#include "tinylora/progress.h"

namespace binding {

class session_object : public Napi::ObjectWrap<session_object> {
public:
    // Defines the class. Its constructor is kept as the environment's instance data.
    static Napi::Function define(Napi::Env env);
    // Instances come from Session.load alone.
    explicit session_object(const Napi::CallbackInfo & info);

private:
    using info_t = const Napi::CallbackInfo &;

    static Napi::Value load(info_t info);
    Napi::Value dispose(info_t info);
    Napi::Value progress(info_t info);
    void cancel(info_t info);

    // What never changes while the session lives: may be asked at any time.
    Napi::Value info(info_t info);
    Napi::Value tokenize(info_t info);
    Napi::Value detokenize(info_t info);

    // Asynchronous operations.
    Napi::Value set_adapter(info_t info);
    Napi::Value clear_adapter(info_t info);
    Napi::Value set_params(info_t info);
    Napi::Value pass(info_t info);
    Napi::Value optim_step(info_t info);
    Napi::Value configure_rollouts(info_t info);
    Napi::Value sample(info_t info);
    Napi::Value merge(info_t info);
    Napi::Value unmerge(info_t info);
    Napi::Value save_model(info_t info);

    // Synchronous state: refused while an operation is pending, since that may be changing it.
    Napi::Value params(info_t info);
    Napi::Value projection(info_t info);
    Napi::Value factors(info_t info);
    void zero_grad(info_t info);
    Napi::Value gradient(info_t info);
    Napi::Value optimiser_state_object(info_t info);
    void set_optimiser_state(info_t info);
    Napi::Value tensor(info_t info);

    // The session, for questions about what never changes.
    session & loaded(const char * operation) const;
    // The session, when nothing is pending.
    session & idle(const char * operation) const;
    // Queues `prepare(session)`'s work; errors of the arguments reject the promise too.
    template <typename F> Napi::Value queue(info_t info, const char * operation, F && prepare);

    tinylora::progress progress_;
    std::unique_ptr<session> session_;  // made and freed by the worker
    bool disposed_ = false;
    std::unique_ptr<serial_worker> worker_;  // last: joined before what it uses goes
};

} // namespace binding
