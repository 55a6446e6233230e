// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// From kernel text, symbols and types to the sites: every instruction that increments a counter of xfrm_statistics.
#pragma once

#include "../model/site.hpp"
#include "image.hpp"

namespace xs {

struct Resolution {
  std::vector<Site> sites; // by address
  std::vector<SiteMark> marks;
  std::vector<Site> refused;         // lookups that fail and count nothing; `counter` is an enum loss
  std::vector<std::string> problems; // what could not be followed, one sentence each
};

// Pure. Never throws for any bytes in `image`.
Resolution resolve(const KernelImage& image);

} // namespace xs
