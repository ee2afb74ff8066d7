// The trainer's results → JavaScript objects of index.d.ts. Arrays are copied into memory that JavaScript owns. Engine process.
#pragma once

#include <napi.h>

#include <string>
#include <utility>
#include <vector>

#include "backends.h"
#include "session.h"

namespace binding {

// What AdapterInfo says, copied on the worker's thread: the next operation may already replace the adapter.
struct adapter_summary {
    std::string kind;
    size_t n_params;
    std::vector<tinylora::parameter_run> parameter_runs;
    std::vector<std::pair<std::string, int>> groups;  // module name and group, in execution order
    std::vector<tinylora::near_tie> near_ties;
    std::string bases_fingerprint;
};
adapter_summary summarise(const tinylora::model & m, const tinylora::adapter & a);

Napi::Float32Array float32_array(Napi::Env env, const std::vector<float> & values);
Napi::Float64Array float64_array(Napi::Env env, const std::vector<double> & values);
Napi::Int32Array int32_array(Napi::Env env, const std::vector<int32_t> & values);
Napi::Uint8Array bytes_array(Napi::Env env, const void * data, size_t size_bytes);

Napi::Object model_info(Napi::Env env, const tinylora::model & m, const std::vector<file_tensor> & file_tensors);
Napi::Object adapter_info(Napi::Env env, const adapter_summary & summary);
Napi::Object pass_result(Napi::Env env, const tinylora::pass_result & result, bool grpo);
Napi::Object optim_step_result(Napi::Env env, const tinylora::optim_step_result & result);
Napi::Object sample_result(Napi::Env env, const tinylora::sample_result & result);
Napi::Object merge_report(Napi::Env env, const tinylora::merge_report & report);
Napi::Array device_list(Napi::Env env, const std::vector<device_info> & devices);

} // namespace binding
