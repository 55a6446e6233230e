// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Explanations of counters, and the documents made from them.
#include "../../bpf/counters.h"
#include "../../user/model/loss.hpp"
#include "../../user/diagnose/counters.hpp"
#include "../../user/diagnose/diagnose.hpp"
#include "../../user/render/explain.hpp"
#include "tree.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <set>
#include <sstream>

using namespace xs;

namespace {

const KernelCounters kKernel{"6.12.95", std::set<std::string>{"XfrmInNoStates", "XfrmInError"},
                             std::map<uint8_t, size_t>{{XfrmInNoStates, 2}}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("every counter has a meaning, and every rule words of its own") {
  std::set<std::string> meanings;
  for (const CounterRow& row : counters()) {
    CHECK(counter_help(row.index).counter == row.index);
    CHECK(meanings.insert(std::string(counter_help(row.index).meaning)).second);
    for (const Rule* r : rules_of(row.index)) {
      CHECK(std::string(r->meaning).ends_with('.'));
      CHECK(std::string(r->evidence).size() > 10);
      CHECK(std::string(r->advice).size() > 10);
    }
  }
}

TEST_CASE("one counter") {
  const std::string text = explain_text(XfrmInNoStates, kKernel, {});
  CHECK(text.starts_with("XfrmInNoStates\n  No SA fits an inbound packet"));
  CHECK(has(text, "  Linux 6.12.95: 2 places in this kernel and its loaded modules.\n"));
  CHECK(has(text, "\n  sa-deleted\n      The SA was there, and somebody deleted it.\n      Told by: a tombstone"));
  CHECK(has(text, "\nTo look further:\n    ip -s xfrm state\n"));
  CHECK(text.find("sa-deleted") < text.find("sa-unknown"));
  CHECK(has(explain_text(XfrmInError, kKernel, {}), "no place in this kernel"));
  CHECK(has(explain_text(XfrmInIptfsError, kKernel, {}), "this kernel does not have it"));
  CHECK(has(explain_text(XfrmInError, {"6.1", {}, {}}, {}), "whether it raises it is not known"));
}

TEST_CASE("the overview says what this kernel can raise") {
  const std::string text = overview_text(kKernel, {});
  CHECK(has(text, "\n+ XfrmInNoStates "));
  CHECK(has(text, "\n- XfrmInError "));
  CHECK(has(text, "\n- XfrmOutNoQueueSpace "));
  CHECK(has(overview_text({"6.1", {}, {}}, {}), "\n? XfrmInNoStates "));
}

TEST_CASE("one counter as JSON; what is not known is null") {
  const Tree out = tree(explain_json(XfrmInNoStates, kKernel));
  CHECK(out["counter"] == "XfrmInNoStates");
  CHECK(out["raised"] == true);
  CHECK(out["sites"] == 2);
  CHECK(out["causes"][0]["cause"] == "sa-deleted");
  CHECK(tree(explain_json(XfrmInError, kKernel))["raised"] == false);
  CHECK(tree(explain_json(XfrmInError, {"6.1", {}, {}}))["raised"].is_null());
  CHECK(tree(explain_json(XfrmInError, {"6.1", {}, {}}))["sites"].is_null());
}

TEST_CASE("docs/counters.md is what the tables say (make docs)") {
  std::ifstream file("docs/counters.md");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == counters_markdown());
}

TEST_CASE("every kind of loss has a meaning and causes, and every cause words of its own") {
  for (const LossKind& kind : told_losses()) {
    CAPTURE(kind.name);
    CHECK(counter_help(kind.index).counter == kind.index);
    CHECK_FALSE(rules_of(kind.index).empty());
    for (const Rule* r : rules_of(kind.index)) {
      CHECK(std::string(r->meaning).ends_with('.'));
      CHECK(std::string(r->advice).ends_with('.'));
      CHECK(std::string(r->evidence).size() > 10);
      CHECK(counter_or_loss(r->cause) == kind.index);
    }
    CHECK(counter_or_loss(kind.name) == kind.index);
  }
  CHECK(counter_or_loss("XfrmInError") == XfrmInError);
  CHECK_FALSE(counter_or_loss("sa-deleted"));
  CHECK_FALSE(counter_or_loss("icmp-error"));
}

TEST_CASE("one loss, and whether this kernel has a place for it") {
  const KernelCounters kernel{"6.12.95", {}, std::map<uint8_t, size_t>{{LOSS_INTERFACE, 2}}};
  const std::string text = explain_text(LOSS_INTERFACE, kernel, {});
  CHECK(text.starts_with("interface (lost without a counter)\n  An xfrm interface or a VTI refused"));
  CHECK(has(text, "  Linux 6.12.95: 2 places in this kernel and its loaded modules.\n"));
  CHECK(has(text, "\n  interface-loop\n"));
  CHECK(has(explain_text(LOSS_TOO_BIG, kernel, {}),
            "no place in this kernel and its loaded modules is known to lose packets"));
  CHECK(has(explain_text(LOSS_TOO_BIG, {"6.1", {}, {}}, {}), "whether it loses packets so is not known"));
  const std::string all = overview_text(kernel, {});
  CHECK(has(all, "\nlost without a counter: "));
  CHECK(has(all, "\n+ interface "));
  CHECK(has(all, "\n- too-big "));
  CHECK_FALSE(has(all, "icmp-error"));
  const Tree out = tree(explain_json(LOSS_INTERFACE, kernel));
  CHECK(out["type"] == "loss-kind");
  CHECK(out["loss"] == "interface");
  CHECK(out["raised"] == true);
  CHECK(out["causes"][1]["cause"] == "interface-loop");
}

TEST_CASE("docs/losses.md is what the tables say (make docs)") {
  std::ifstream file("docs/losses.md");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == losses_markdown());
}
