// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What Prometheus is told.
#include "../../user/render/metrics.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

Event error(const std::string& netns, uint8_t counter, uint64_t n) {
  Event e;
  e.netns = {1, netns};
  e.counter = counter;
  e.n = n;
  return e;
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    n++;
  return n;
}

} // namespace

TEST_CASE("errors add up by netns and counter") {
  Metrics m;
  m.add(error("b", XfrmInNoStates, 1), {});
  m.add(error("b", XfrmInNoStates, 41), {});
  m.add(error("a", XfrmOutNoStates, 2), {});
  const std::string text = m.text({}, {});
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="b",counter="XfrmInNoStates",cause="unknown"} 42)"));
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="a",counter="XfrmOutNoStates",cause="unknown"} 2)"));
  CHECK(has(text, "# TYPE xfrm_snap_errors_total counter"));
}

TEST_CASE("the kernel's own counters stand beside them") {
  Metrics m;
  const std::string text = m.text({}, {{{7, "b"}, XfrmInNoStates, 50, 8}, {{7, "b"}, XfrmInError, 3, 0}});
  CHECK(has(text, R"(xfrm_snap_kernel_errors_total{netns="b",counter="XfrmInNoStates"} 50)"));
  CHECK(has(text, R"(xfrm_snap_kernel_errors_total{netns="b",counter="XfrmInError"} 3)"));
  CHECK(has(text, R"(xfrm_snap_filtered_errors_total{netns="b",counter="XfrmInNoStates"} 8)"));
  CHECK(count(text, "xfrm_snap_filtered_errors_total{") == 1);
}

TEST_CASE("names that others choose cannot forge a line") {
  Metrics m;
  m.add(error("a\"} 1\nforged 2\\", XfrmInError, 1), {});
  const std::string text = m.text({}, {});
  CHECK(
      has(text, R"(xfrm_snap_errors_total{netns="a\"} 1\\x0aforged 2\\\\",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(count(text, "\nforged") == 0);
}

TEST_CASE("two netns have one label only if they have one name") {
  Metrics m;
  const std::string names[] = {"a\x01",     "a\x02",      "a?", "a\\x01",  "a\xff", "a\xc2\x9b", "a\xe2\x80\xae",
                               "caf\u00e9", "4026532001", "?",  "(other)", "a\n",   "a "};
  for (const std::string& name : names)
    m.add(error(name, XfrmInError, 1), {});
  Event unnamed = error("", XfrmInError, 1), unknown = unnamed;
  unnamed.netns = {4026532001, {}};
  unknown.netns = {};
  m.add(unnamed, {});
  m.add(unknown, {});
  const std::string text = m.text({}, {});
  CHECK(count(text, "\nxfrm_snap_errors_total{") == std::size(names) + 2);
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="a\\x01",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="a\\\\x01",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="a\\xe2\\x80\\xae",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="4026532001",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(has(text, R"(xfrm_snap_errors_total{netns="\\x34026532001",counter="XfrmInError",cause="unknown"} 1)"));
  CHECK(text.find("caf\u00e9") != std::string::npos);
}

TEST_CASE("however many netns there are, the number of series is bounded, and no error is lost") {
  Metrics m;
  for (int i = 0; i < 2000; i++)
    m.add(error("pod" + std::to_string(i), XfrmInNoStates, 1), {});
  const std::string text = m.text({}, {});
  CHECK(count(text, "\nxfrm_snap_errors_total{") == kNamedNetns + 1);
  CHECK(has(text, R"-(xfrm_snap_errors_total{netns="(other)",counter="XfrmInNoStates",cause="unknown"} 1500)-"));
}

TEST_CASE("losses, sites and the mirror are numbers, also where they are 0") {
  Gauges g;
  g.kernel = "6.12";
  g.sites_found = 59;
  g.sites_attached = 58;
  g.losses.lost_ring = 4;
  const std::string text = Metrics().text(g, {});
  CHECK(has(text, R"(xfrm_snap_sites{state="attached"} 58)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="ring"} 4)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="changes"} 0)"));
  CHECK(has(text, R"(xfrm_snap_mirror_objects{kind="state"} 0)"));
}
