// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Saved images of real kernels, in tests/fixtures; XFRM_SNAP_FIXTURES names another folder.
#pragma once

#include "../../user/resolve/image_file.hpp"
#include "../../user/sys/gzip.hpp"

#include <cstdlib>
#include <doctest/doctest.h>

namespace xs::test {

inline constexpr const char* kKernels[] = {"5.10", "6.1", "6.12", "7.x"};

// Live text of Debian's arm64 cloud kernels, which the kernel had patched for the processor: one with atomics (LSE; 7.x
// at EL2), one without.
inline constexpr const char* kArm64Kernels[] = {"6.1-arm64", "6.12-arm64", "7.x-arm64"};
inline constexpr const char* kWithoutAtomics = "6.12-arm64-llsc"; // as 6.12-arm64

inline std::string fixture(const std::string& name) {
  const char* folder = std::getenv("XFRM_SNAP_FIXTURES");
  return std::string(folder ? folder : "tests/fixtures") + "/" + name;
}

inline KernelImage kernel_image(const std::string& kernel) {
  const auto text = read_gzip(fixture(kernel + ".json.gz"));
  REQUIRE_MESSAGE(text.has_value(), "run the tests from the top of the repository");
  auto image = parse_image(*text);
  REQUIRE(image.has_value());
  return std::move(*image);
}

} // namespace xs::test
