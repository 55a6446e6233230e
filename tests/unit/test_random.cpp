// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Random bytes yield no site; the sites of random programs are true in every execution.
#include "fixtures.hpp"
#include "machine.hpp"

#include <fmt/ranges.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("random bytes count nothing") {
  Random random(1);
  KernelImage image = small_kernel({"c3 | ret"});
  std::vector<uint8_t>& text = image.text.begin()->second;
  for (int round = 0; round < 30'000; round++) {
    text.resize(1 + pick(random, 120));
    for (uint8_t& byte : text)
      byte = static_cast<uint8_t>(random());
    image.functions[0].size = text.size();
    CHECK(resolve(image).sites.empty());
  }
}

TEST_CASE("what is claimed of a random program is true whenever it runs") {
  size_t checked = 0;
  for (unsigned seed = 0;
       seed < (std::getenv("XFRM_SNAP_SEEDS") ? std::strtoul(std::getenv("XFRM_SNAP_SEEDS"), nullptr, 10) : 4'000);
       seed++) {
    Random random(seed);
    const Code code = random_program(random);
    const KernelImage image = small_kernel(code);
    const Resolution resolution = resolve(image);
    for (int run = 0; run < 20; run++) {
      Machine machine(image, resolution, random);
      const std::string wrong = machine.run();
      checked += machine.checked();
      if (wrong.empty()) continue;
      FAIL_CHECK(fmt::format("seed {}: {}\n{}", seed, wrong, fmt::join(code, "\n")));
      break;
    }
  }
  MESSAGE(checked, " claims checked");
  CHECK(checked > 10'000);
}
