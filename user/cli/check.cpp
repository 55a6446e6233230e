// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `check`: can this node run xfrm-snap?
#include "commands.hpp"
#include "output.hpp"

#include "../collect/requirements.hpp"
#include "../render/requirements.hpp"

#include <algorithm>

namespace xs {

int run_check(const Options& options) {
  quiet_libbpf(options);
  const auto requirements = judge(try_node());
  Output out;
  out.print(options.json ? to_json_lines(requirements) : to_text(requirements, options.style.color));
  return std::max(out.exit_code(), satisfied(requirements) ? 0 : 1);
}

} // namespace xs
