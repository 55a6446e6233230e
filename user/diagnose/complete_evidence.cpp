// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Derives evidence: fields of selectors that do not fit, and the template that failed.
#include "complete_evidence.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "secpath.hpp"
#include "selector.hpp"

#include "../model/records.hpp"

namespace xs {
namespace {

// Counted in the policy check: the packet that came out of the SA is not in its selector.
bool outside_on_the_way_in(const Event& e) {
  return e.counter == XfrmInStateMismatch && function_of(e) != "xfrm_input";
}

std::vector<std::string> selector_fields(const PacketInfo& flow, const Selector& sel) {
  const uint8_t is = family_of(flow);
  if (sel.family && is && sel.family != is) return {"sel.family"}; // no address can be inside
  std::vector<std::string> out;
  for (const Misfit& m : compare(flow, sel).outside)
    out.push_back("sel." + m.field);
  return out;
}

} // namespace

// The name of a template's field in `differs`.
static std::string name_of(const std::string& field) {
  if (field == "src") return "saddr";
  return field == "level" || field == "auth-mask" ? "proto" : field;
}

void note_misfit(Event& e, const TemplateMisfit& wrong) {
  Evidence& v = *e.evidence;
  v.template_at = static_cast<uint8_t>(wrong.at.value_or(v.policy->templates.size()));
  v.secpath_at = {};
  if (wrong.met) v.secpath_at = static_cast<uint8_t>(*wrong.met);
  if (wrong.met && wrong.field != "sa") v.differs = {name_of(wrong.field)};
}

void tell_template(Event& e) {
  const Policy* p = policy_of(e);
  const auto* secpath = secpath_of(e);
  if (e.counter != XfrmInTmplMismatch || !p || !secpath || e.evidence->template_at) return;
  const auto wrong = first_misfit(p->templates, *secpath, p->if_id, family_of(p->sel));
  if (wrong) note_misfit(e, *wrong);
}

void complete_evidence(Event& e) {
  const State* s = state_of(e);
  const PacketInfo* flow = flow_of(e);
  if (!s || !s->sel || !flow || (!outside_on_the_way_in(e) && !differs_in(e, "sel"))) return;
  const std::vector<std::string> fields = selector_fields(*flow, *s->sel);
  if (fields.empty()) return;
  auto& differs = e.evidence->differs;
  std::erase(differs, "sel");
  differs.insert(differs.end(), fields.begin(), fields.end());
}

} // namespace xs
