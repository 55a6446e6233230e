// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints /proc/net/xfrm_stat of network namespaces, by default of all that have a name.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "commands.hpp"
#include "netns.hpp"
#include "socket.hpp"

namespace lab {
namespace {

struct Counter {
  std::string name;
  uint64_t value;
};

struct Reading {
  std::string netns;
  uint64_t inum;
  std::vector<Counter> counters; // those that are not 0
};

Reading read_netns(const std::string& name) {
  Reading made{name, enter_netns(name), {}};
  std::ifstream file("/proc/thread-self/net/xfrm_stat");
  for (Counter one; file >> one.name >> one.value;)
    if (one.value) made.counters.push_back(one);
  return made;
}

std::vector<Reading> read_all(const std::vector<std::string>& names) {
  std::vector<Reading> made;
  for (const std::string& name : names)
    made.push_back(read_netns(name));
  return made;
}

uint64_t total(const std::vector<Reading>& readings) {
  uint64_t sum = 0;
  for (const Reading& reading : readings)
    for (const Counter& one : reading.counters)
      sum += one.value;
  return sum;
}

void print(const std::string& tag, const std::vector<Reading>& readings) {
  for (const Reading& reading : readings) {
    std::printf("%s %s %ju -\n", tag.c_str(), reading.netns.c_str(), static_cast<uintmax_t>(reading.inum));
    for (const Counter& one : reading.counters)
      std::printf("%s %s %ju %s %ju\n", tag.c_str(), reading.netns.c_str(), static_cast<uintmax_t>(reading.inum),
                  one.name.c_str(), static_cast<uintmax_t>(one.value));
  }
}

} // namespace

void counters(const Words& words) {
  const Args args(words, "netns total timeout tag");
  const std::vector<std::string> names = netns_names(args);
  const uint64_t wanted = args.number("total", 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(args.number("timeout", 0));
  std::vector<Reading> readings = read_all(names);
  while (total(readings) < wanted && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    readings = read_all(names);
  }
  print(args.text("tag", "counter"), readings);
}

} // namespace lab
