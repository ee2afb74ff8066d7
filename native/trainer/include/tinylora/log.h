// The log of ggml and libllama: errors are shown, or kept where a message is to say what they say.
#pragma once

#include <string>

#include "ggml.h"

namespace tinylora {

// Errors go to stderr, the rest nowhere; an abort writes its message first.
void install_log();

// While muted, nothing of the log is shown: a cancelled decode reports itself as a row of errors. Calls nest.
void mute_log();
void unmute_log();

// Keeps the lines of at least that level which this thread logs, instead of showing them; an abort shows them after all.
// One at a time a thread.
class log_capture {
public:
    explicit log_capture(ggml_log_level least);
    ~log_capture();
    log_capture(const log_capture &) = delete;
    log_capture & operator=(const log_capture &) = delete;

    void write(ggml_log_level level, const char * text);
    const std::string & text() const { return text_; }

private:
    ggml_log_level least_;
    bool keeps_line_ = false;
    std::string text_;
};

} // namespace tinylora
