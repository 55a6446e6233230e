// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Waits for what another process does. A shell that looks twenty times a second starts forty programs for it, which in
// an emulated guest leaves little time for that process.
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "args.hpp"
#include "commands.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A zombie does not run. Its state stands behind its name, which is in brackets and may hold anything.
bool runs(uint32_t pid) {
  const std::string stat = contents("/proc/" + std::to_string(pid) + "/stat");
  const size_t end = stat.rfind(") ");
  return end != std::string::npos && stat[end + 2] != 'Z';
}

// Asks ten times a second; false: not in time.
template <class Done> bool wait_until(Done&& done, uint32_t seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(100ms);
  }
  return true;
}

} // namespace

void await(const Words& words) {
  const Args args(words, "file text pid seconds");
  const std::string file = args.text("file"), text = args.text("text");
  const uint32_t pid = args.number("pid");
  bool there = false;
  const auto look = [&] {
    const bool alive = runs(pid); // asked first: what it wrote before its end counts
    there = contents(file).find(text) != std::string::npos;
    return there || !alive;
  };
  if (!wait_until(look, args.number("seconds", 60))) throw std::runtime_error(file + " has no " + text + " in time");
  if (!there) throw std::runtime_error("the process " + std::to_string(pid) + " has ended");
}

void gone(const Words& words) {
  const Args args(words, "pid seconds");
  const uint32_t pid = args.number("pid");
  if (!wait_until([&] { return !runs(pid); }, args.number("seconds", 30)))
    throw std::runtime_error("the process " + std::to_string(pid) + " still runs");
}

} // namespace lab
