// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Every site and operand of real kernels, held against lists that were checked by hand. After a change that is
// meant, XFRM_SNAP_WRITE_SITES=1 writes the lists anew: read their diff.
#include "../../user/resolve/describe.hpp"
#include "../../user/resolve/resolve.hpp"
#include "fixtures.hpp"

#include <fstream>
#include <sstream>

using namespace xs;
using namespace xs::test;

namespace {

std::vector<std::string> lines_of(const Resolution& r) {
  std::vector<std::string> out;
  for (const Site& site : r.sites)
    out.push_back(describe(site));
  for (const SiteMark& mark : r.marks)
    out.push_back(describe(mark));
  return out;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream out(path);
  for (const std::string& line : lines)
    out << line << "\n";
}

void check_sites(const std::string& kernel) {
  CAPTURE(kernel);
  const Resolution r = resolve(kernel_image(kernel));
  const std::vector<std::string> found = lines_of(r);
  const std::string path = fixture(kernel + ".sites");
  if (std::getenv("XFRM_SNAP_WRITE_SITES")) write_lines(path, found);
  const std::vector<std::string> expected = read_lines(path);
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); i++)
    CHECK(found[i] == expected[i]);
  CHECK(r.problems.empty());
}

bool has_packet_or_flow(const Site& s) {
  return s.operand(Role::skb) || s.operand(Role::flow) || !s.callers.empty() || s.noted == SiteMark::Kind::flow;
}

} // namespace

TEST_CASE("every increment of four kernels is found, with what the machine holds there") {
  for (const char* kernel : kKernels)
    check_sites(kernel);
}

TEST_CASE("every place of three arm64 kernels where a counter is decided is found, each with its packet or flow") {
  for (const char* kernel : kArm64Kernels) {
    check_sites(kernel);
    for (const Site& site : resolve(kernel_image(kernel)).sites)
      CHECK_MESSAGE(has_packet_or_flow(site), describe(site));
  }
}

TEST_CASE("a processor without atomics counts at the same places") {
  const Resolution with = resolve(kernel_image("6.12-arm64")), without = resolve(kernel_image(kWithoutAtomics));
  CHECK(lines_of(with) == lines_of(without));
  CHECK(without.problems.empty());
}
