// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The commands of the program; each returns the exit code (0: it ran, 1: it could not run).
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

// The sentence for an unexpected exception.
std::string sentence_of(const std::exception& e);

// Silences libbpf, unless -v is given.
void quiet_libbpf(const Options& options);

} // namespace xs
