// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Assembles small functions from machine code, and a small kernel around them.
#pragma once

#include "../../user/resolve/describe.hpp"
#include "../../user/resolve/resolve.hpp"

#include <string>
#include <vector>

namespace xs::test {

// One line each: "label:", "call NAME", "jmp|je|jne|ja|jbe|js LABEL", or bytes, whose meaning stands behind the bar:
// "48 89 fb | mov rbx, rdi".
using Code = std::vector<std::string>;

// The addresses of functions that code may call, and of the code itself.
inline constexpr uint64_t kStart = 0xffffffff81000000, kPart = 0xffffffff81002000;
uint64_t callee(std::string_view name);

// `other`: the labels of other code that may be jumped to.
using Labels = std::map<std::string, uint64_t>;
std::vector<uint8_t> assemble(const Code& code, uint64_t address, Labels* labels = nullptr);

// Types as in a kernel, but smaller, see kernel.cpp:
//   xfrm_input(sk_buff *skb, net *net, flowi *fl, u16 family, xfrm_policy **pols, dst_entry *dst, sock *sk)
//   xfrm_resolve_and_create_bundle(net *net), xfrm_expand_policies(int *num_xfrms)
BtfPtr small_types();

// A kernel whose only searched function is xfrm_input; net.mib.xfrm_statistics lies at 0x50.
KernelImage small_kernel(const Code& code);
// The same with a part in xfrm_input.cold.
KernelImage small_kernel(const Code& code, const Code& cold);
// The same with one of the functions that code may call.
KernelImage small_kernel(const Code& code, const char* inner, const Code& inner_code);

// What is known at the only site: "skb=rbx(argument) net=rsi(argument)". "no site", if there is not one.
std::string known(const KernelImage& image);
inline std::string known(const Code& code) {
  return known(small_kernel(code));
}

} // namespace xs::test
