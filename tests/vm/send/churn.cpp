// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes network namespaces, one after the other, lets errors happen in each, and deletes it again.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "commands.hpp"
#include "netns.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr uint32_t kLargest = 5; // errors of one kind in a netns

void set_loopback_up() {
  const Fd socket = open_socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP;
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request)) throw SystemError("set lo up");
}

/// Enters a new netns and gives it a name, as `ip netns add` does.
void enter_new(const std::string& path) {
  if (unshare(CLONE_NEWNET)) throw SystemError("make a netns");
  const Fd file(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
  if (file.get() < 0) throw SystemError("create " + path);
  if (mount("/proc/thread-self/ns/net", path.c_str(), "", MS_BIND, nullptr)) throw SystemError("mount " + path);
  set_loopback_up();
}

/// Enters the netns that the process came from and removes the name of the one it leaves.
void leave(const Fd& home, const std::string& path) {
  if (setns(home.get(), CLONE_NEWNET)) throw SystemError("go back to the first netns");
  if (umount2(path.c_str(), MNT_DETACH) || unlink(path.c_str())) throw SystemError("delete " + path);
}

/// Errors of three kinds, how many of each depends on the turn; gives their number.
uint32_t make_errors(uint32_t turn) {
  const auto number = [turn](uint32_t kind) { return (turn + kind) % (kLargest + 1); };
  const auto times = [&](uint32_t kind) { return "count=" + std::to_string(number(kind)); };
  raw({"src=127.0.0.1", "dst=127.0.0.1", "spi=0x4001", times(0)});
  raw({"src=127.0.0.1", "dst=127.0.0.1", "spi=0x4001", "cut=6", times(1)});
  udp({"src=127.0.0.1", "dst=127.0.0.1", "policy=out:block", times(2)});
  return number(0) + number(1) + number(2);
}

struct Counter {
  std::string name;
  uint64_t value;
};

std::vector<Counter> read_counters() {
  std::vector<Counter> made;
  std::ifstream file("/proc/thread-self/net/xfrm_stat");
  for (Counter one; file >> one.name >> one.value;)
    if (one.value) made.push_back(one);
  return made;
}

uint64_t sum(const std::vector<Counter>& counters) {
  uint64_t total = 0;
  for (const Counter& one : counters)
    total += one.value;
  return total;
}

/// Waits until the kernel has counted `total` errors, a second at most, then prints what it counted.
void print_counters(const std::string& netns, uint64_t total) {
  for (int tries = 0; tries < 1000 && sum(read_counters()) < total; tries++)
    usleep(1000);
  for (const Counter& one : read_counters())
    std::printf("%s %s %ju\n", netns.c_str(), one.name.c_str(), static_cast<uintmax_t>(one.value));
}

} // namespace

void churn(const Words& words) {
  const Args args(words, "name count linger");
  const Fd home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  std::filesystem::create_directories(kNamed);
  for (uint32_t turn = 0; turn < args.number("count"); turn++) {
    const std::string name = args.text("name") + "." + std::to_string(turn);
    const std::string path = std::string(kNamed) + "/" + name;
    enter_new(path);
    print_counters(name, make_errors(turn));
    usleep(args.number("linger", 0) * 1000);
    leave(home, path);
  }
}

} // namespace lab
