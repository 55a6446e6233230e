// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Describes the template that failed.
#include "outbound_template.hpp"
#include "facts.hpp"
#include "policy_words.hpp"
#include "words.hpp"

namespace xs {
namespace {

constexpr std::string_view kTransport = "transport";

bool required(const Template& t) {
  return !t.optional;
}

bool leads_elsewhere(const Template& t) {
  return t.mode != kTransport;
}

std::string template_text(const Template& t) {
  return fmt::format("{} reqid {} mode {}{}", t.proto, t.reqid, t.mode, t.spi ? " " + spi_text(t.spi) : "");
}

// A transport template after that of a tunnel is for packets between the tunnel's ends.
bool flow_itself(const Event& e, const Template& t) {
  const Policy* p = policy_of(e);
  return t.mode == kTransport && p && std::ranges::none_of(p->templates, leads_elsewhere);
}

} // namespace

const Template* failed_template(const Event& e) {
  const Policy* p = policy_of(e);
  if (!p) return nullptr;
  if (const auto at = e.evidence->template_at)
    return *at < p->templates.size() && required(p->templates[*at]) ? &p->templates[*at] : nullptr;
  if (p->type == "sub") return nullptr; // it may be one of the main policy
  if (std::ranges::count_if(p->templates, required) != 1) return nullptr;
  return &*std::ranges::find_if(p->templates, required);
}

Judgement without_template(const Event& e) {
  const Policy* p = policy_of(e);
  if (p && p->type == "sub" && !e.evidence->template_at)
    return lacks(fmt::format("the main policy, whose templates the kernel tries after those of {}", policy_text(*p)));
  if (!searched(e)) return lacks(kNoMirror);
  return policy_of(e) ? lacks("which template of the policy failed") : lacks(kNoPolicy);
}

std::string endpoint(const Event& e, const Template& t) {
  if (e.evidence->wanted_dst) return *e.evidence->wanted_dst;
  if (leads_elsewhere(t)) return packet_end(t.dst);
  const PacketInfo* flow = flow_of(e);
  return flow && flow_itself(e, t) ? packet_end(flow->dst) : "?";
}

bool open_source(const Template& t) {
  return unspecified(t.src);
}

std::string wanted_source(const Event& e, const Template& t) {
  if (e.evidence->wanted_src) return *e.evidence->wanted_src;
  if (leads_elsewhere(t) && !open_source(t)) return *t.src;
  if (leads_elsewhere(t)) return fmt::format("that of the kernel's route to {}", endpoint(e, t));
  const PacketInfo* flow = flow_of(e);
  return flow && flow_itself(e, t) ? packet_end(flow->src) : "?";
}

std::string demand_text(const Event& e, const Template& t) {
  const Policy& p = *policy_of(e);
  const auto nth = &t - p.templates.data() + 1;
  const std::string who =
      p.templates.size() == 1 ? "The policy" : fmt::format("Template {} of the policy's {}", nth, p.templates.size());
  return fmt::format("{} demands {} to {}", who, template_text(t), endpoint(e, t));
}

} // namespace xs
