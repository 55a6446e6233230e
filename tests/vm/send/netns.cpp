// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Network namespaces by the names that `ip netns` gives them.
#include "netns.hpp"

#include <filesystem>
#include <sstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "socket.hpp"

namespace lab {

uint64_t enter_netns(const std::string& name) {
  const std::string path = name == kInit ? "/proc/1/ns/net" : std::string(kNamed) + "/" + name;
  const Fd netns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (netns.get() < 0 || fstat(netns.get(), &status) || setns(netns.get(), CLONE_NEWNET))
    throw SystemError("enter the netns " + name);
  return status.st_ino;
}

std::vector<std::string> netns_names(const Args& args) {
  std::vector<std::string> names;
  if (args.has("netns")) {
    std::istringstream words(args.text("netns"));
    for (std::string word; std::getline(words, word, ',');)
      names.push_back(word);
    return names;
  }
  names.emplace_back(kInit);
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kNamed, none))
    names.push_back(entry.path().filename());
  return names;
}

} // namespace lab
