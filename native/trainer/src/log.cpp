// Where the log of ggml and libllama goes.
#include "tinylora/log.h"

#include <cstdio>
#include <mutex>

#include "llama.h"

namespace tinylora {

namespace {

std::mutex log_mutex;  // guards what follows
int log_mutes = 0;
bool last_level_shown = false;  // a continuation line follows its first line

thread_local log_capture * capture = nullptr;

void show_log(ggml_log_level level, const char * text) {
    std::lock_guard<std::mutex> lock(log_mutex);
    if (level != GGML_LOG_LEVEL_CONT) {
        last_level_shown = level == GGML_LOG_LEVEL_ERROR;  // warnings speak to developers of llama.cpp
    }
    if (last_level_shown && log_mutes == 0) {
        std::fputs(text, stderr);
    }
}

void write_log(ggml_log_level level, const char * text, void *) {
    if (capture != nullptr) {
        capture->write(level, text);
    } else {
        show_log(level, text);
    }
}

void write_last_words(const char * message) {
    if (capture != nullptr) {
        std::fputs(capture->text().c_str(), stderr);
    }
    std::fprintf(stderr, "The native engine aborted: %s\n", message);
    std::fflush(stderr);
}

}  // namespace

void install_log() {
    ggml_log_set(write_log, nullptr);
    llama_log_set(write_log, nullptr);
    ggml_set_abort_callback(write_last_words);
}

void mute_log() {
    std::lock_guard<std::mutex> lock(log_mutex);
    log_mutes++;
}

void unmute_log() {
    std::lock_guard<std::mutex> lock(log_mutex);
    log_mutes--;
}

log_capture::log_capture(ggml_log_level least) : least_(least) { capture = this; }

log_capture::~log_capture() { capture = nullptr; }

void log_capture::write(ggml_log_level level, const char * text) {
    if (level != GGML_LOG_LEVEL_CONT) {
        keeps_line_ = level >= least_;
    }
    if (keeps_line_) {
        text_ += text;
    }
}

}  // namespace tinylora
