// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the program can do; each returns the exit code (0 fine, 1 could not run).
#pragma once

#include "options.hpp"

#include <exception>
#include <string>

namespace xs {

int run_trace(const Options& options);
int run_show(const Options& options);
int show_errors(const Options& options);
int run_probes(const Options& options);
int run_check(const Options& options);
int run_explain(const Options& options);

// What to say of an exception that nobody expected.
std::string sentence_of(const std::exception& e);

// Keeps libbpf from printing, unless -v asks for it.
void quiet_libbpf(const Options& options);

} // namespace xs
