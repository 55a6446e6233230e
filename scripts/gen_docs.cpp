// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes the files that are made of the tables of options and losses; to be run at the top of the repository (make
// docs).
#include "../user/cli/manual.hpp"
#include "../user/render/explain.hpp"

#include <fstream>

int main() {
  const bool written = std::ofstream("docs/xfrm-snap.8") << xs::manual_page() &&
                       std::ofstream("docs/completions/xfrm-snap.bash") << xs::bash_completion() &&
                       std::ofstream("docs/completions/_xfrm-snap") << xs::zsh_completion() &&
                       std::ofstream("docs/losses.md") << xs::losses_markdown();
  return written ? 0 : 1;
}
