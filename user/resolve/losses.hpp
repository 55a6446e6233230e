// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds in the kernel's text the places of `loss_list()`: where packets of IPsec are lost that no counter counts.
#pragma once

#include "../model/loss.hpp"
#include "../model/site.hpp"
#include "image.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace xs {

// True if the list names the function: by its name without compiler suffixes.
bool may_lose(std::string_view function);

struct AbsentLoss {
  const ListedLoss* listed;
  std::string why; // half a sentence
};

struct Losses {
  std::vector<Site> sites; // by address; `counter` is an enum loss
  std::vector<AbsentLoss> absent;
};

// Pure. Of `image` it looks at `losing`. `refused`: what the resolver found in the lookup of policies.
Losses find_losses(const KernelImage& image, std::vector<Site> refused = {});

} // namespace xs
