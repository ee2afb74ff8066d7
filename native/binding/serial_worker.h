// One thread that runs a session's tasks in call order and settles their promises on the JavaScript thread. Engine process.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "errors.h"
#include "tinylora/progress.h"

namespace binding {

class serial_worker {
public:
    // Builds the promise's value; called on the JavaScript thread.
    using settlement = std::function<Napi::Value(Napi::Env)>;
    // Does the work on the worker's thread. Must not touch JavaScript.
    using work = std::function<settlement()>;

    serial_worker(Napi::Env env, tinylora::progress & progress);
    // Cancels what runs, joins the thread. JavaScript thread.
    ~serial_worker();
    serial_worker(const serial_worker &) = delete;
    serial_worker & operator=(const serial_worker &) = delete;

    // Queues the work; `owner` is kept from collection until the promise is settled. JavaScript thread.
    Napi::Promise post(const Napi::Object & owner, work task);
    // True from post until the promise is settled, so that "not busy" means that nothing can change the session's state.
    bool busy() const { return pending_ > 0; }
    // Cancels the running task, or the next one where the thread has not taken it up yet; nothing when idle.
    void cancel();

private:
    struct task {
        task(Napi::Env env, const Napi::Object & owner, work w);
        Napi::Promise::Deferred deferred;
        Napi::ObjectReference owner;
        work run;
        settlement settle;
        std::unique_ptr<failure> failed;
        bool cancelled = false;
    };

    static void settle_on_main(Napi::Env env, Napi::Function callback, serial_worker * worker, task * done);
    using channel = Napi::TypedThreadSafeFunction<serial_worker, task, settle_on_main>;

    void loop();
    void cancel_running();  // with mutex_ held
    void execute(task & t);
    void settled(Napi::Env env);

    tinylora::progress & progress_;
    channel channel_;
    std::shared_ptr<bool> channel_closed_ = std::make_shared<bool>(false);  // set when the environment shuts down first
    int pending_ = 0;                                                        // JavaScript thread only

    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::deque<std::unique_ptr<task>> queue_;
    bool running_ = false;
    bool stopping_ = false;
    bool muted_ = false;  // the log, while a cancelled task ends

    std::thread thread_;  // last: it uses all of the above
};

} // namespace binding
