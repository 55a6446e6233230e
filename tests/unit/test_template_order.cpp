// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Policies with templates in the wrong order, or one too few, for packets through several SAs.
#include "../../user/diagnose/complete_evidence.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

SecpathEntry by(const char* mode, uint32_t spi, uint32_t reqid, const char* src = "192.0.2.1") {
  SecpathEntry s = through(mode, reqid);
  s.spi = spi;
  s.src = src;
  s.dst = "192.0.2.2";
  return s;
}

Template of(const SecpathEntry& sa) {
  Template t = transport();
  t.mode = sa.mode;
  t.reqid = sa.reqid;
  t.src = sa.src;
  t.dst = sa.dst;
  return t;
}

const SecpathEntry kOuter = by("tunnel", 0x1, 1), kInner = by("tunnel", 0x2, 2, "10.9.0.1");

} // namespace

TEST_CASE("templates in the order of the SAs from without are in the wrong one") {
  Event e = mismatch({kOuter, kInner}, {of(kOuter), of(kInner)});
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(says(e, "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came through the SAs of the templates of the in policy"));
  CHECK(says(e, "but in another order: esp spi 0x00000001, then esp spi 0x00000002. The last template is for the "
                "outermost SA."));
  CHECK(diagnose(e).advice.ends_with(
      "dir in tmpl src 10.9.0.1 dst 192.0.2.2 proto esp reqid 2 mode tunnel tmpl src 192.0.2.1 "
      "dst 192.0.2.2 proto esp reqid 1 mode tunnel"));
}

TEST_CASE("so they are in transport mode, where no SA is left for the first one") {
  const SecpathEntry ah = by("transport", 0x1, 1), esp = by("transport", 0x2, 2), comp = by("transport", 0x3, 3);
  Event e = mismatch({ah, esp, comp}, {of(esp), of(comp), of(ah)});
  CHECK(says(e, "but in another order"));
  e = mismatch({ah, esp, comp}, {of(by("transport", 0, 9)), of(comp), of(ah)});
  CHECK_FALSE(says(e, "order"));
  CHECK(says(e, "none is left for template 1"));
}

TEST_CASE("a tunnel that no template asks for is what is wrong, and not the template that stopped there") {
  Event e = mismatch({kOuter, kInner}, {of(kInner)});
  CHECK(says(e, "came through the tunnel SA esp spi 0x00000001, but the in policy src 10.0.0.1/32 dst 10.0.0.2/32 "
                "(priority 0, index 8) has no template for it."));
  CHECK(diagnose(e).advice.starts_with("Give the policy a template for the SA (proto esp mode tunnel reqid 1)"));
  CHECK(diagnose(e).advice.ends_with("The former: ip xfrm policy update src 10.0.0.1/32 dst 10.0.0.2/32 dir in tmpl "
                                     "src 10.9.0.1 dst 192.0.2.2 proto esp reqid 2 mode tunnel tmpl src 192.0.2.1 dst "
                                     "192.0.2.2 proto esp reqid 1 mode tunnel"));
  e.evidence->template_at = 0; // as the kernel side tells it
  e.evidence->secpath_at = 0;
  CHECK(says(e, "has no template for it."));
}

TEST_CASE("what is passed over is not what no template asks for") {
  const SecpathEntry around = by("transport", 0x3, 2, "10.9.0.1"); // differs least from the inner tunnel's template
  const Event e = mismatch({around, kOuter, kInner}, {of(kInner)});
  CHECK_FALSE(
      says(e, "esp spi 0x00000003, but the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) has no"));
}

TEST_CASE("an algorithm that the template does not allow makes another protocol of the SA") {
  SecpathEntry sa = by("tunnel", 0x1, 1);
  sa.aalgo = 3;
  Template t = of(sa);
  t.auth_mask = 1;
  Event e = mismatch({sa}, {t});
  tell_template(e);
  CHECK(e.evidence->differs == std::vector<std::string>{"proto"});
  CHECK(e.evidence->template_at == 0);
}

TEST_CASE("an SA that its own template does not fit is not one too many") {
  Template other = of(kOuter);
  other.reqid = 7;
  Event e = mismatch({kOuter, kInner}, {of(kInner), other});
  CHECK(says(e, "with reqid 1, but template 2 (esp tunnel reqid 7) of 2"));
  e = mismatch({kOuter}, {of(kInner)});
  CHECK(says(e, "with reqid 1, but the template of"));
}
