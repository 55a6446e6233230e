// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The page for Prometheus.
#include "../../user/cli/metrics_page.hpp"
#include "../../user/model/loss.hpp"
#include "../../user/render/metrics.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

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

// The number at the end of the line that begins so; -1: there is none.
int number(const std::string& text, const std::string& begin) {
  const size_t at = ("\n" + text).find("\n" + begin);
  return at == std::string::npos ? -1 : std::stoi(text.substr(text.find("} ", at) + 2));
}

int errors_of(const std::string& text, const std::string& netns) {
  return number(text, "xfrm_snap_errors_total{netns=\"" + netns + "\"");
}

// A node on which pods come and go, and each has an error.
struct Pods {
  Metrics metrics;
  bool scraped = true;

  std::string page(const std::vector<NetnsCounters>& there = {}) {
    std::string text = metrics.text({}, there);
    metrics.new_page(scraped);
    return text;
  }
  void come_and_go(int i, std::vector<NetnsCounters> others = {}) {
    const std::string name = "pod" + std::to_string(i);
    const NetnsCounters pod{{4026532000, name}, static_cast<uint64_t>(i) + 1, {{XfrmInNoStates, 1, 0}}};
    metrics.add(error(name, XfrmInNoStates, 1), {});
    others.push_back(pod);
    page(others);
    others.pop_back();
    metrics.gone(pod);
    page(others);
  }
};

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
  const std::string text = m.text({}, {{{7, "b"}, 0, {{XfrmInNoStates, 50, 8}, {XfrmInError, 3, 0}}}});
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

TEST_CASE("however many netns there are at a time, the number of series is bounded, and no error is lost") {
  Metrics m;
  for (int i = 0; i < 2000; i++)
    m.add(error("pod" + std::to_string(i), XfrmInNoStates, 1), {});
  const std::string text = m.text({}, {});
  CHECK(count(text, "\nxfrm_snap_errors_total{") == kNamedNetns + 1);
  CHECK(has(text, R"-(xfrm_snap_errors_total{netns="(other)",counter="XfrmInNoStates",cause="unknown"} 1500)-"));
}

TEST_CASE("names of netns that went make room for later ones") {
  Pods pods;
  for (int i = 0; i < 2000; i++)
    pods.come_and_go(i);
  const std::string text = pods.page();
  CHECK(count(text, "\nxfrm_snap_errors_total{") == kNamedNetns);
  CHECK(count(text, "\nxfrm_snap_kernel_errors_total{") == kNamedNetns);
  CHECK(text.find("(other)") == std::string::npos);
  CHECK(errors_of(text, "pod1999") == 1);
  CHECK(errors_of(text, "pod1500") == 1); // the last ones
  CHECK(errors_of(text, "pod1499") == -1);
}

TEST_CASE("of those that are there none makes room") {
  Pods pods;
  pods.metrics.add(error("stays", XfrmInNoStates, 3), {});
  for (int i = 0; i < 2000; i++)
    pods.come_and_go(i, {{{1, "stays"}, 0, {{XfrmInNoStates, 3, 0}}}, {{2, "unread"}, 0, {}}});
  CHECK(errors_of(pods.page(), "stays") == 3);
}

TEST_CASE("what no scrape has met before its netns' name made room is told among the others") {
  Pods pods;
  pods.scraped = false;
  for (int i = 0; i < 2000; i++)
    pods.come_and_go(i);
  const std::string text = pods.page();
  CHECK(errors_of(text, "pod1999") == 1);
  CHECK(errors_of(text, "(other)") == 2000 - static_cast<int>(kNamedNetns));
}

TEST_CASE("a name that comes back goes on where it was") {
  Pods pods;
  pods.metrics.add(error("web", XfrmInNoStates, 41), {});
  for (int i = 0; i < 2000; i++)
    pods.come_and_go(i);
  REQUIRE(errors_of(pods.page(), "web") == -1);
  pods.metrics.add(error("web", XfrmInNoStates, 1), {});
  CHECK(errors_of(pods.page(), "web") == 42);
}

TEST_CASE("names are remembered up to a number") {
  Pods pods;
  pods.metrics.add(error("web", XfrmInNoStates, 41), {});
  for (size_t i = 0; i < kNamedNetns + kRememberedNames + 1; i++)
    pods.come_and_go(static_cast<int>(i));
  pods.metrics.add(error("web", XfrmInNoStates, 1), {});
  CHECK(errors_of(pods.page(), "web") == 1);
}

TEST_CASE("the kernel's counters of a name do not fall when its netns goes, nor when another one gets the name") {
  Metrics m;
  const auto kernel = [&](const std::vector<NetnsCounters>& there, const char* name) {
    return number(m.text({}, there), fmt::format("xfrm_snap_kernel_errors_total{{netns=\"{}\"", name));
  };
  const NetnsCounters old{{7, "web"}, 1, {{XfrmInNoStates, 50, 8}}}, next{{7, "web"}, 2, {{XfrmInNoStates, 3, 0}}};
  CHECK(kernel({old}, "web") == 50);
  CHECK(kernel({old}, "web") == 50);
  m.gone({{7, "web"}, 1, {{XfrmInNoStates, 52, 8}}});
  CHECK(kernel({}, "web") == 52);
  CHECK(kernel({next}, "web") == 55);
  CHECK(kernel({next, {{9, "web"}, 3, {{XfrmInNoStates, 1, 0}}}}, "web") == 56); // two have it
  CHECK(kernel({next}, "web") == 56);
  CHECK(kernel({{{7, "web"}, 2, {}}}, "web") == 56); // not read just now
  CHECK(kernel({{{7, "web"}, 2, {{XfrmInNoStates, 2, 0}}}}, "web") == 56);
  CHECK(kernel({next}, "web") == 56);
}

TEST_CASE("a netns that is told to be gone late, or never, is counted once") {
  Metrics m;
  const NetnsCounters web{{7, "web"}, 1, {{XfrmInNoStates, 50, 0}}};
  m.text({}, {web});
  for (int i = 0; i < 50; i++)
    m.text({}, {});
  m.gone(web);
  CHECK(number(m.text({}, {}), R"(xfrm_snap_kernel_errors_total{netns="web")") == 50);
}

TEST_CASE("a netns that gets its name later has all of what the kernel counted under it") {
  Metrics m;
  m.text({}, {{{7, {}}, 1, {{XfrmInNoStates, 50, 0}}}});
  const std::string text = m.text({}, {{{7, "web"}, 1, {{XfrmInNoStates, 51, 0}}}});
  CHECK(number(text, R"(xfrm_snap_kernel_errors_total{netns="7")") == 50);
  CHECK(number(text, R"(xfrm_snap_kernel_errors_total{netns="web")") == 51);
}

TEST_CASE("losses, sites and the mirror are numbers, also where they are 0") {
  Gauges g;
  g.kernel = "6.12";
  g.sites_found = 59;
  g.sites_attached = 58;
  g.losses.lost_ring = 4;
  g.losses.lost_tc = 5;
  const std::string text = Metrics().text(g, {});
  CHECK(has(text, R"(xfrm_snap_sites{state="attached"} 58)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="ring"} 4)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="tc"} 5)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="map_full"} 0)"));
  CHECK(has(text, R"(xfrm_snap_lost_total{what="changes"} 0)"));
  CHECK(has(text, R"(xfrm_snap_mirror_objects{kind="state"} 0)"));
}

TEST_CASE("a run is alive however long it takes to start, and later as long as it goes on") {
  using namespace std::chrono_literals;
  CHECK(health(false, 1h).status == 200);
  CHECK(health(true, 9s).status == 200);
  CHECK(health(true, 11s).status == 503);
  CHECK(health(true, 11s).body == "stuck\n");
}

TEST_CASE("losses are counted by netns and cause, without a counter") {
  Metrics metrics;
  metrics.add(error("b", LOSS_TOO_BIG, 2), {.cause = "too-big", .why = {}, .advice = {}, .missing = {}});
  metrics.add(error("b", LOSS_TOO_BIG, 1), {.cause = "too-big", .why = {}, .advice = {}, .missing = {}});
  metrics.add(error("b", LOSS_INTERFACE, 1), {});
  const std::string text = metrics.text({}, {});
  CHECK(has(text, "xfrm_snap_losses_total{netns=\"b\",cause=\"too-big\"} 3"));
  CHECK(has(text, "xfrm_snap_losses_total{netns=\"b\",cause=\"unknown\"} 1"));
  CHECK(count(text, "xfrm_snap_errors_total{") == 0);
}
