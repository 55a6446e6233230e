// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares the SAs that a packet came through with the templates of its policy, as the kernel does (xfrm_policy_ok,
// xfrm_state_ok). Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

struct TemplateMisfit {
  std::string field;      // "mode", "reqid", "src", "proto", "spi", "if_id", "auth-mask"; "level": the kernel's own SA,
                          // which only optional templates take; "sa": a template that no SA is left for, or an SA that
                          // no template asks for
  std::string want, have; // of the template, of the SA
  std::optional<SecpathEntry> sa;
  std::optional<size_t> at;  // the template; none: an SA that no template asks for
  std::optional<size_t> met; // the SA of the secpath, if first_misfit found it
};

// The field in which the SA differs from the template; none: it meets the template. `if_id`: of the lookup, 0:
// any; `family`: of the flow, 4 or 6: the kernel compares as many bytes of the source as its addresses have.
std::optional<TemplateMisfit> misfit(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family);

// The first template that is not met, and the field; none: all are met.
std::optional<TemplateMisfit> first_misfit(const std::vector<Template>& templates,
                                           const std::vector<SecpathEntry>& secpath, uint32_t if_id, uint8_t family);

// The same for the template and SA that the BPF side found; none: it found none.
std::optional<TemplateMisfit> told_misfit(const Event& e);

// An SA that the kernel made for packets that came uncompressed within a compressed tunnel.
bool is_kernel_helper(const SecpathEntry& sa);

// The SAs that the packet came through, the outermost first; nullptr: not known.
const std::vector<SecpathEntry>* secpath_of(const Event& e);

// True if the SA belongs to another netns than the event. The second: if any SA of the packet does.
bool is_elsewhere(const SecpathEntry& sa, const Event& e);
bool crossed_netns(const Event& e);

// "esp tunnel reqid 1"
std::string template_words(const Template& t);

} // namespace xs
