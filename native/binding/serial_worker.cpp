// One thread that runs a session's tasks in call order and settles their promises on the JavaScript thread. Engine process.
#include "serial_worker.h"

#include <utility>

#include "tinylora/log.h"

namespace binding {

serial_worker::task::task(Napi::Env env, const Napi::Object & owner_object, work w)
    : deferred(Napi::Promise::Deferred::New(env)), owner(Napi::Persistent(owner_object)), run(std::move(w)) {}

serial_worker::serial_worker(Napi::Env env, tinylora::progress & progress) : progress_(progress) {
    std::shared_ptr<bool> closed = channel_closed_;
    channel_ = channel::New(
        env, "tinylora session", 0, 1, this, [closed](Napi::Env, void *, serial_worker *) { *closed = true; }, static_cast<void *>(nullptr));
    // Only pending promises keep the process alive, not an idle session.
    channel_.Unref(env);
    thread_ = std::thread([this] { loop(); });
}

serial_worker::~serial_worker() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
        cancel_running();
    }
    wake_.notify_all();
    thread_.join();
    // Queued tasks hold their owner, so they outlive it only when the whole environment shuts down.
    for (std::unique_ptr<task> & left : queue_) {
        left->owner.SuppressDestruct();
    }
    if (!*channel_closed_) {
        channel_.Release();
    }
}

Napi::Promise serial_worker::post(const Napi::Object & owner, work task_work) {
    Napi::Env env = owner.Env();
    auto queued = std::make_unique<task>(env, owner, std::move(task_work));
    Napi::Promise promise = queued->deferred.Promise();
    if (pending_++ == 0) {
        channel_.Ref(env);
    }
    {
        std::lock_guard<std::mutex> lock(mutex_);
        queue_.push_back(std::move(queued));
    }
    wake_.notify_one();
    return promise;
}

void serial_worker::cancel() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (running_) {
        cancel_running();
    } else if (!queue_.empty()) {
        queue_.front()->cancelled = true;
    }
}

void serial_worker::cancel_running() {
    progress_.cancel_requested = true;
    if (running_ && !muted_) {
        muted_ = true;
        tinylora::mute_log();
    }
}

void serial_worker::loop() {
    for (;;) {
        std::unique_ptr<task> current;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (stopping_) {
                return;
            }
            current = std::move(queue_.front());
            queue_.pop_front();
            running_ = true;
            progress_.cancel_requested = current->cancelled;
        }
        execute(*current);
        {
            std::lock_guard<std::mutex> lock(mutex_);
            running_ = false;
            // A cancellation belongs to one task: what comes next must not inherit it.
            progress_.cancel_requested = stopping_;
            if (muted_) {
                muted_ = false;
                tinylora::unmute_log();
            }
        }
        task * done = current.release();
        if (channel_.BlockingCall(done) != napi_ok) {
            // The environment is shutting down: nobody waits for the promise, its handles and the channel are gone.
            *channel_closed_ = true;
            done->owner.SuppressDestruct();
            delete done;
            return;
        }
    }
}

void serial_worker::execute(task & t) {
    try {
        progress_.check();
        t.settle = t.run();
    } catch (...) {
        t.failed = std::make_unique<failure>(current_failure());
    }
    t.run = nullptr;  // frees the captured inputs here, not on the JavaScript thread
    progress_.begin("idle", 0);
}

void serial_worker::settled(Napi::Env env) {
    if (--pending_ == 0) {
        channel_.Unref(env);
    }
}

void serial_worker::settle_on_main(Napi::Env env, Napi::Function, serial_worker * worker, task * done) {
    std::unique_ptr<task> finished(done);
    if (static_cast<napi_env>(env) == nullptr) {
        finished->owner.SuppressDestruct();
        return;
    }
    Napi::HandleScope scope(env);
    worker->settled(env);
    if (finished->failed) {
        finished->deferred.Reject(to_js_error(env, *finished->failed).Value());
        return;
    }
    try {
        finished->deferred.Resolve(finished->settle(env));
    } catch (const Napi::Error & e) {
        finished->deferred.Reject(e.Value());
    } catch (...) {
        finished->deferred.Reject(to_js_error(env, current_failure()).Value());
    }
}

} // namespace binding
