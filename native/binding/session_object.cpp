// The JavaScript class Session of index.d.ts: life cycle, asynchronous operations and synchronous state. Engine process.
#include "session_object.h"

#include <string>
#include <utility>

#include "errors.h"
#include "options.h"
#include "results.h"
#include "text.h"

namespace binding {

using settlement = serial_worker::settlement;
using work = serial_worker::work;

static settlement undefined() {
    return [](Napi::Env env) { return env.Undefined(); };
}

static Napi::Value rejected(Napi::Env env, const Napi::Error & error) {
    const Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(env);
    deferred.Reject(error.Value());
    return deferred.Promise();
}

Napi::Function session_object::define(Napi::Env env) {
    Napi::Function constructor = DefineClass(
        env, "Session",
        {
            StaticMethod<&session_object::load>("load"),
            InstanceMethod<&session_object::dispose>("dispose"),
            InstanceMethod<&session_object::progress>("progress"),
            InstanceMethod<&session_object::cancel>("cancel"),
            InstanceMethod<&session_object::info>("info"),
            InstanceMethod<&session_object::tokenize>("tokenize"),
            InstanceMethod<&session_object::detokenize>("detokenize"),
            InstanceMethod<&session_object::set_adapter>("setAdapter"),
            InstanceMethod<&session_object::clear_adapter>("clearAdapter"),
            InstanceMethod<&session_object::set_params>("setParams"),
            InstanceMethod<&session_object::pass>("pass"),
            InstanceMethod<&session_object::optim_step>("optimStep"),
            InstanceMethod<&session_object::configure_rollouts>("configureRollouts"),
            InstanceMethod<&session_object::sample>("sample"),
            InstanceMethod<&session_object::merge>("merge"),
            InstanceMethod<&session_object::unmerge>("unmerge"),
            InstanceMethod<&session_object::save_model>("saveModel"),
            InstanceMethod<&session_object::params>("params"),
            InstanceMethod<&session_object::projection>("projection"),
            InstanceMethod<&session_object::factors>("factors"),
            InstanceMethod<&session_object::zero_grad>("zeroGrad"),
            InstanceMethod<&session_object::gradient>("gradient"),
            InstanceMethod<&session_object::optimiser_state_object>("optimiserState"),
            InstanceMethod<&session_object::set_optimiser_state>("setOptimiserState"),
            InstanceMethod<&session_object::tensor>("tensor"),
        });
    env.SetInstanceData(new Napi::FunctionReference(Napi::Persistent(constructor)));
    return constructor;
}

// --- life cycle ----------------------------------------------------------------------------------------------------

session_object::session_object(info_t info) : Napi::ObjectWrap<session_object>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
        throw argument_error(info.Env(), "Session has no public constructor. Use await Session.load(options).");
    }
    worker_ = std::make_unique<serial_worker>(info.Env(), progress_);
}

Napi::Value session_object::load(info_t info) {
    Napi::Env env = info.Env();
    try {
        session_options options = read_session_options(argument(info[0], "options"));
        const Napi::Object object = env.GetInstanceData<Napi::FunctionReference>()->New({Napi::External<session_options>::New(env, &options)});
        session_object * self = Unwrap(object);
        return self->worker_->post(object, [self, options]() -> settlement {
            self->session_ = std::make_unique<session>(options, self->progress_);
            return [self](Napi::Env) { return self->Value(); };
        });
    } catch (const Napi::Error & error) {
        return rejected(env, error);
    }
}

Napi::Value session_object::dispose(info_t info) {
    // Later calls are refused at once; what was queued before still runs.
    if (std::exchange(disposed_, true)) {
        const Napi::Promise::Deferred done = Napi::Promise::Deferred::New(info.Env());
        done.Resolve(info.Env().Undefined());
        return done.Promise();
    }
    return worker_->post(Value(), [this]() -> settlement {
        session_.reset();
        return undefined();
    });
}

Napi::Value session_object::progress(info_t info) {
    Napi::Object snapshot = Napi::Object::New(info.Env());
    snapshot.Set("phase", progress_.phase.load());
    snapshot.Set("done", static_cast<double>(progress_.done.load()));
    snapshot.Set("total", static_cast<double>(progress_.total.load()));
    return snapshot;
}

void session_object::cancel(info_t) { worker_->cancel(); }

session & session_object::loaded(const char * operation) const {
    if (disposed_) {
        tinylora::fail_input(std::string(operation) + ": the session is disposed. Load the model again.");
    }
    return *session_;
}

session & session_object::idle(const char * operation) const {
    session & s = loaded(operation);
    if (worker_->busy()) {
        tinylora::fail_input(std::string(operation) + ": another operation of this session is pending. Await it first.");
    }
    return s;
}

template <typename F> Napi::Value session_object::queue(info_t info, const char * operation, F && prepare) {
    Napi::Env env = info.Env();
    try {
        return guarded(env, [&] {
            session & s = loaded(operation);
            return worker_->post(Value(), prepare(s));
        });
    } catch (const Napi::Error & error) {
        return rejected(env, error);
    }
}

// --- what never changes --------------------------------------------------------------------------------------------

Napi::Value session_object::info(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = loaded("info");
        return model_info(info.Env(), s.model(), s.file_tensors());
    });
}

Napi::Value session_object::tokenize(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = loaded("tokenize");
        const argument options(info[1], "options");
        const std::string text = argument(info[0], "text").text();
        return int32_array(info.Env(), tokenize_text(s.model(), text, options.field("special").flag(), options.field("addBos").flag()));
    });
}

Napi::Value session_object::detokenize(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = loaded("detokenize");
        const std::vector<int32_t> ids = argument(info[0], "tokens").token_ids(s.model().hparams().n_vocab);
        const std::string bytes = token_bytes(s.model(), ids, argument(info[1], "options").field("special").flag());
        return bytes_array(info.Env(), bytes.data(), bytes.size());
    });
}

// --- asynchronous operations ---------------------------------------------------------------------------------------

Napi::Value session_object::set_adapter(info_t info) {
    return queue(info, "setAdapter", [&](session & s) -> work {
        return [&s, spec = read_adapter_spec(argument(info[0], "spec"))]() -> settlement {
            auto summary = std::make_shared<adapter_summary>(summarise(s.model(), s.set_adapter(spec)));
            return [summary](Napi::Env env) { return adapter_info(env, *summary); };
        };
    });
}

Napi::Value session_object::clear_adapter(info_t info) {
    return queue(info, "clearAdapter", [](session & s) -> work {
        return [&s]() -> settlement {
            s.clear_adapter();
            return undefined();
        };
    });
}

Napi::Value session_object::set_params(info_t info) {
    return queue(info, "setParams", [&](session & s) -> work {
        return [&s, params = argument(info[0], "params").floats(argument::any_count)]() -> settlement {
            s.set_params(params);
            return undefined();
        };
    });
}

Napi::Value session_object::pass(info_t info) {
    return queue(info, "pass", [&](session & s) -> work {
        const tinylora::pass_options options = read_pass_options(argument(info[1], "options"));
        auto groups = read_groups(argument(info[0], "groups"), options, s.model().hparams().n_vocab);
        return [&s, options, groups = std::move(groups)]() -> settlement {
            auto result = std::make_shared<tinylora::pass_result>(s.pass(groups, options));
            return [result, grpo = options.grpo](Napi::Env env) { return pass_result(env, *result, grpo); };
        };
    });
}

Napi::Value session_object::optim_step(info_t info) {
    return queue(info, "optimStep", [&](session & s) -> work {
        return [&s, options = read_adamw_options(argument(info[0], "options"))]() -> settlement {
            const tinylora::optim_step_result result = s.optim_step(options);
            return [result](Napi::Env env) { return optim_step_result(env, result); };
        };
    });
}

Napi::Value session_object::configure_rollouts(info_t info) {
    return queue(info, "configureRollouts", [&](session & s) -> work {
        return [&s, options = read_rollout_options(argument(info[0], "options"))]() -> settlement {
            s.configure_rollouts(options);
            return undefined();
        };
    });
}

Napi::Value session_object::sample(info_t info) {
    return queue(info, "sample", [&](session & s) -> work {
        auto request = read_sample_request(argument(info[0], "request"), s.model().hparams().n_vocab);
        return [&s, request = std::move(request)]() -> settlement {
            auto result = std::make_shared<tinylora::sample_result>(s.sample(request));
            return [result](Napi::Env env) { return sample_result(env, *result); };
        };
    });
}

Napi::Value session_object::merge(info_t info) {
    return queue(info, "merge", [](session & s) -> work {
        return [&s]() -> settlement {
            auto report = std::make_shared<tinylora::merge_report>(s.merge());
            return [report](Napi::Env env) { return merge_report(env, *report); };
        };
    });
}

Napi::Value session_object::unmerge(info_t info) {
    return queue(info, "unmerge", [](session & s) -> work {
        return [&s]() -> settlement {
            s.unmerge();
            return undefined();
        };
    });
}

Napi::Value session_object::save_model(info_t info) {
    return queue(info, "saveModel", [&](session & s) -> work {
        return [&s, path = argument(info[0], "path").non_empty_text()]() -> settlement {
            s.save_model(path);
            return undefined();
        };
    });
}

// --- synchronous state ---------------------------------------------------------------------------------------------

Napi::Value session_object::params(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = idle("params");
        s.adapter("params");
        return float32_array(info.Env(), s.params());
    });
}

Napi::Value session_object::projection(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = idle("projection");
        const size_t index = s.adapted_module("projection", argument(info[0], "moduleName").text());
        return float32_array(info.Env(), s.adapter("projection").projection(index));
    });
}

Napi::Value session_object::factors(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = idle("factors");
        const size_t index = s.adapted_module("factors", argument(info[0], "moduleName").text());
        const tinylora::adapter & adapter = s.adapter("factors");
        const size_t rank = static_cast<size_t>(adapter.rank());
        std::vector<float> core(rank * rank);
        adapter.core(index, s.params_in_use().data(), core.data());
        Napi::Object factors = Napi::Object::New(info.Env());
        factors.Set("a_R_I", float32_array(info.Env(), adapter.modules()[index].a));
        factors.Set("b_O_R", float32_array(info.Env(), adapter.modules()[index].b));
        factors.Set("core_R_R", float32_array(info.Env(), core));
        return factors;
    });
}

void session_object::zero_grad(info_t info) {
    guarded(info.Env(), [&] { idle("zeroGrad").zero_gradient(); });
}

Napi::Value session_object::gradient(info_t info) {
    return guarded(info.Env(), [&] { return float64_array(info.Env(), idle("gradient").gradient()); });
}

Napi::Value session_object::optimiser_state_object(info_t info) {
    return guarded(info.Env(), [&] {
        const optimiser_state state = idle("optimiserState").get_optimiser_state();
        Napi::Object object = Napi::Object::New(info.Env());
        object.Set("firstMoment", float32_array(info.Env(), state.first_moment));
        object.Set("secondMoment", float32_array(info.Env(), state.second_moment));
        object.Set("step", static_cast<double>(state.steps));
        return object;
    });
}

void session_object::set_optimiser_state(info_t info) {
    guarded(info.Env(), [&] { idle("setOptimiserState").set_optimiser_state(read_optimiser_state(argument(info[0], "state"))); });
}

Napi::Value session_object::tensor(info_t info) {
    return guarded(info.Env(), [&] {
        const session & s = idle("tensor");
        return float32_array(info.Env(), tinylora::dequantise(s.model().tensor(argument(info[0], "name").text())));
    });
}

} // namespace binding
