// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Of the sanitized program: the search for leaks needs ptrace(2), which xfrm-snap forbids itself. The unit tests have
// it.

extern "C" const char* __asan_default_options();

const char* __asan_default_options() {
  return "detect_leaks=0";
}
