// A lasting thread pool for a context's CPU graphs: without one, ggml starts and joins threads at every decode (engine process).
#pragma once

#include "ggml.h"

namespace tinylora {

// nullptr where one thread works alone or the CPU backend has no pools.
ggml_threadpool_t new_cpu_threadpool(int threads);
void free_cpu_threadpool(ggml_threadpool_t threadpool);

} // namespace tinylora
