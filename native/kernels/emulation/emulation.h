// The part of CUDA that the pass uses, on one CPU thread: for tests of the kernels' arithmetic where no GPU is.
//
// A block's threads are fibers that yield at barriers; blocks run one after the other. A warp's first lane holds whole
// fragments, since which lane holds which element is not for the program to know. Nothing of a GPU's memory model is
// shown.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "ggml.h"

#define __global__
#define __device__
#define __host__
#define __restrict__
#define __shared__ static
#define DYNAMIC_SHARED(name) unsigned char * name = emulation::current().dynamic_shared.data()
#define TINYLORA_KERNEL_LAUNCH

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(8) float2 {
    float x, y;
};
inline float2 make_float2(float x, float y) {
    return {x, y};
}

struct __half {
    ggml_fp16_t bits;
};
struct __nv_bfloat16 {
    ggml_bf16_t bits;
};
inline float __half2float(__half x) {
    return ggml_fp16_to_fp32(x.bits);
}
inline __half __float2half_rn(float x) {
    return {ggml_fp32_to_fp16(x)};
}
inline float __bfloat162float(__nv_bfloat16 x) {
    return ggml_bf16_to_fp32(x.bits);
}
inline __nv_bfloat16 __float2bfloat16_rn(float x) {
    return {ggml_fp32_to_bf16(x)};
}

inline float rsqrtf(float x) {
    return 1.0f / std::sqrt(x);
}
template <typename T> T min(T a, T b) {
    return b < a ? b : a;
}

namespace emulation {

constexpr int k_warp = 32;
constexpr size_t k_stack_bytes = 256 << 10;

enum class fiber_state { ready, at_block_barrier, at_warp_barrier, done };

struct fiber {
    ucontext_t start;
    jmp_buf resume;
    std::unique_ptr<unsigned char[]> stack;
    fiber_state state = fiber_state::done;
};

struct block_state {
    std::vector<fiber> fibers;
    std::vector<unsigned char> dynamic_shared;
    std::vector<double> exchange[2]; // one place a thread; two, so that one barrier a shuffle is enough
    std::vector<uint8_t> shuffles;   // counted by every thread
    std::function<void()> body;
    jmp_buf scheduler;
    int thread = 0;
    dim3 block;
};

inline block_state & current() {
    static block_state state;
    return state;
}

// To the scheduler and back. Not by swapcontext, which asks the kernel each time.
inline void yield_as(fiber_state state) {
    block_state & b = current();
    fiber & f = b.fibers[b.thread];
    f.state = state;
    if (_setjmp(f.resume) == 0) {
        _longjmp(b.scheduler, 1);
    }
}

// A fiber runs one block after the other.
inline void run_fiber() {
    for (;;) {
        current().body();
        yield_as(fiber_state::done);
    }
}

inline void resume(int thread) {
    block_state & b = current();
    b.thread = thread;
    fiber & f = b.fibers[thread];
    if (_setjmp(b.scheduler) != 0) {
        return;
    }
    if (f.stack) {
        _longjmp(f.resume, 1);
    }
    f.stack = std::make_unique<unsigned char[]>(k_stack_bytes);
    getcontext(&f.start);
    f.start.uc_stack.ss_sp = f.stack.get();
    f.start.uc_stack.ss_size = k_stack_bytes;
    f.start.uc_link = nullptr;
    makecontext(&f.start, run_fiber, 0);
    setcontext(&f.start);
}

// Lets the threads go that wait for `barrier` in [first, last), if every one there that still runs does.
inline bool release(fiber_state barrier, int first, int last) {
    block_state & b = current();
    bool any = false;
    for (int t = first; t < last; ++t) {
        any = any || b.fibers[t].state == barrier;
        if (b.fibers[t].state != barrier && b.fibers[t].state != fiber_state::done) {
            return false;
        }
    }
    for (int t = first; t < last; ++t) {
        if (b.fibers[t].state == barrier) {
            b.fibers[t].state = fiber_state::ready;
        }
    }
    return any;
}

inline void run_block(int n_threads) {
    block_state & b = current();
    if ((int)b.fibers.size() < n_threads) {
        b.exchange[0].resize(n_threads);
        b.exchange[1].resize(n_threads);
        b.shuffles.resize(n_threads);
        b.fibers.resize(n_threads);
    }
    for (int t = 0; t < n_threads; ++t) {
        b.fibers[t].state = fiber_state::ready;
    }
    for (bool progress = true; progress;) {
        progress = false;
        for (int t = 0; t < n_threads; ++t) {
            if (b.fibers[t].state == fiber_state::ready) {
                resume(t);
                progress = true;
            }
        }
        for (int first = 0; first < n_threads; first += k_warp) {
            progress = release(fiber_state::at_warp_barrier, first, std::min(n_threads, first + k_warp)) || progress;
        }
        progress = release(fiber_state::at_block_barrier, 0, n_threads) || progress;
    }
    for (int t = 0; t < n_threads; ++t) {
        if (b.fibers[t].state != fiber_state::done) {
            std::abort(); // threads wait for different barriers
        }
    }
}

struct thread_index {
    struct part {
        operator unsigned() const { return (unsigned)current().thread; }
    } x;
};
struct block_index {
    struct part_x {
        operator unsigned() const { return current().block.x; }
    } x;
    struct part_y {
        operator unsigned() const { return current().block.y; }
    } y;
};

} // namespace emulation

static const emulation::thread_index threadIdx;
static const emulation::block_index blockIdx;

inline void __syncthreads() {
    emulation::yield_as(emulation::fiber_state::at_block_barrier);
}
inline void __syncwarp() {
    emulation::yield_as(emulation::fiber_state::at_warp_barrier);
}
template <typename T> T __shfl_xor_sync(unsigned, T value, int offset) {
    emulation::block_state & b = emulation::current();
    const int t = b.thread;
    std::vector<double> & exchange = b.exchange[b.shuffles[t]++ % 2];
    exchange[t] = (double)value;
    __syncwarp();
    return (T)exchange[t ^ offset];
}

// --- runtime ---

using cudaStream_t = void *;
using cudaError_t = int;
enum { cudaSuccess = 0, cudaErrorMemoryAllocation = 2, cudaStreamNonBlocking = 1 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
inline cudaError_t cudaMalloc(void ** p, size_t bytes) {
    return (*p = std::aligned_alloc(256, (bytes + 255) / 256 * 256)) != nullptr ? cudaSuccess
                                                                                : cudaErrorMemoryAllocation;
}
inline cudaError_t cudaFree(void * p) {
    return std::free(p), cudaSuccess;
}
inline cudaError_t cudaGetLastError() {
    return cudaSuccess;
}
inline const char * cudaGetErrorString(cudaError_t) {
    return "an emulated error";
}
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t *, int) {
    return cudaSuccess;
}
inline cudaError_t cudaStreamDestroy(cudaStream_t) {
    return cudaSuccess;
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) {
    return cudaSuccess;
}
using cudaEvent_t = void *;
enum { cudaEventDisableTiming = 2 };
inline cudaError_t cudaMallocHost(void ** p, size_t bytes) {
    return cudaMalloc(p, bytes);
}
inline cudaError_t cudaFreeHost(void * p) {
    return cudaFree(p);
}
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *, int) {
    return cudaSuccess;
}
inline cudaError_t cudaEventDestroy(cudaEvent_t) {
    return cudaSuccess;
}
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) {
    return cudaSuccess;
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t) {
    return cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void * to, const void * from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
    return std::memcpy(to, from, bytes), cudaSuccess;
}

namespace tinylora_kernels {

template <typename... P, typename... A>
void launch(cudaStream_t, void (*kernel)(P...), dim3 grid, int block, size_t shared_bytes, A... arguments) {
    emulation::block_state & b = emulation::current();
    b.dynamic_shared.resize(shared_bytes);
    b.body = [&] { kernel(static_cast<P>(arguments)...); };
    for (unsigned y = 0; y < grid.y; ++y) {
        for (unsigned x = 0; x < grid.x; ++x) {
            b.block = dim3(x, y);
            emulation::run_block(block);
        }
    }
}

} // namespace tinylora_kernels
