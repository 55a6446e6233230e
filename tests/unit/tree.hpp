// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// JSON read back, which shows that it is valid.
#pragma once

#include "../../user/render/json_text.hpp"

#include <nlohmann/json.hpp>

using Tree = nlohmann::ordered_json;

inline Tree tree(const xs::Json& json) {
  return Tree::parse(json.dump());
}
