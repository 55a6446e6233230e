// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// {fmt}'s own functions for the static program, made from its headers: Debian ships the library shared only.
#include <fmt/format-inl.h>

// What the headers leave to the library.
namespace fmt::detail {
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float);
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double);
} // namespace fmt::detail
