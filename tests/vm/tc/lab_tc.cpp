// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads small programs that set a packet's mark, and attaches them to tcx and netkit by bpf(2): the tools of the
// laboratory's host know neither.
//   lab-tc load NAME MARK PIN                 a program that sets the mark and lets the next one run
//   lab-tc attach HOOK DEV PIN [first|replace PIN]
//   lab-tc detach HOOK DEV PIN
//   lab-tc link HOOK DEV PIN LINKPIN          through a link; removing LINKPIN detaches
//   lab-tc update LINKPIN PIN
//   lab-tc query HOOK DEV                     a line per program: its id and its link's, 0 for none
// HOOK: ingress, egress, primary, peer. Exit code 2: this kernel has no such hook.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/bpf.h>
#include <map>
#include <net/if.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr uint32_t kReplace = 1u << 2, kBefore = 1u << 3;
const std::map<std::string, uint32_t> kHooks{{"ingress", 46}, {"egress", 47}, {"primary", 54}, {"peer", 55}};

// The members of union bpf_attr that are used here, with those that older headers lack.
union Attr {
  uint8_t bytes[128];
  struct {
    uint32_t type, count;
    uint64_t insns, license;
    uint32_t log_level, log_size;
    uint64_t log;
    uint32_t version, flags;
    char name[16];
    uint32_t ifindex, expected;
  } load;
  struct {
    uint64_t path;
    uint32_t fd, flags;
  } pin;
  struct {
    uint32_t ifindex, fd, hook, flags, replace_fd, relative_fd;
    uint64_t revision;
  } attach;
  struct {
    uint32_t fd, ifindex, hook, flags, relative_fd, reserved;
    uint64_t revision;
  } link;
  struct {
    uint32_t link_fd, prog_fd, flags, old_fd;
  } update;
  struct {
    uint32_t ifindex, hook, flags, attach_flags;
    uint64_t ids;
    uint32_t count, reserved;
    uint64_t flags_of, link_ids, link_flags_of, revision;
  } query;
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "lab-tc: %s: %s\n", what, std::strerror(errno));
  std::exit(errno == EINVAL || errno == ENOTSUP ? 2 : 1);
}

int bpf(int command, Attr& attr, const char* what) {
  const long result = syscall(SYS_bpf, command, &attr, sizeof(attr));
  if (result < 0) give_up(what);
  return static_cast<int>(result);
}

int open_pin(const char* path) {
  Attr attr{};
  attr.pin.path = reinterpret_cast<uint64_t>(path);
  return bpf(BPF_OBJ_GET, attr, path);
}

void pin(int fd, const char* path) {
  Attr attr{};
  attr.pin.path = reinterpret_cast<uint64_t>(path);
  attr.pin.fd = static_cast<uint32_t>(fd);
  bpf(BPF_OBJ_PIN, attr, path);
}

int load(const char* name, uint32_t mark) {
  const bpf_insn insns[] = {{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, static_cast<int32_t>(mark)},
                            {BPF_STX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_2, offsetof(__sk_buff, mark), 0},
                            {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1}, // TC_ACT_UNSPEC, TCX_NEXT
                            {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  Attr attr{};
  attr.load.type = BPF_PROG_TYPE_SCHED_CLS;
  attr.load.count = 4;
  attr.load.insns = reinterpret_cast<uint64_t>(insns);
  attr.load.license = reinterpret_cast<uint64_t>("GPL");
  std::strncpy(attr.load.name, name, sizeof(attr.load.name) - 1);
  return bpf(BPF_PROG_LOAD, attr, "load");
}

uint32_t device(const char* name) {
  const uint32_t index = if_nametoindex(name);
  if (!index) give_up(name);
  return index;
}

void attach(char** words, int count) {
  Attr attr{};
  attr.attach.hook = kHooks.at(words[0]);
  attr.attach.ifindex = device(words[1]);
  attr.attach.fd = static_cast<uint32_t>(open_pin(words[2]));
  if (count > 3 && std::string(words[3]) == "first") attr.attach.flags = kBefore;
  if (count > 4 && std::string(words[3]) == "replace") {
    attr.attach.flags = kReplace;
    attr.attach.replace_fd = static_cast<uint32_t>(open_pin(words[4]));
  }
  bpf(BPF_PROG_ATTACH, attr, "attach");
}

void detach(char** words) {
  Attr attr{};
  attr.attach.hook = kHooks.at(words[0]);
  attr.attach.ifindex = device(words[1]);
  attr.attach.fd = static_cast<uint32_t>(open_pin(words[2]));
  bpf(BPF_PROG_DETACH, attr, "detach");
}

void link(char** words) {
  Attr attr{};
  attr.link.hook = kHooks.at(words[0]);
  attr.link.ifindex = device(words[1]);
  attr.link.fd = static_cast<uint32_t>(open_pin(words[2]));
  pin(bpf(BPF_LINK_CREATE, attr, "link"), words[3]);
}

void update(char** words) {
  Attr attr{};
  attr.update.link_fd = static_cast<uint32_t>(open_pin(words[0]));
  attr.update.prog_fd = static_cast<uint32_t>(open_pin(words[1]));
  bpf(BPF_LINK_UPDATE, attr, "update");
}

// A hook that nothing is attached to has nothing to tell.
void query(char** words) {
  uint32_t ids[64] = {}, links[64] = {};
  Attr attr{};
  attr.query.hook = kHooks.at(words[0]);
  attr.query.ifindex = device(words[1]);
  attr.query.ids = reinterpret_cast<uint64_t>(ids);
  attr.query.link_ids = reinterpret_cast<uint64_t>(links);
  attr.query.count = 64;
  if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0) return;
  for (uint32_t i = 0; i < attr.query.count; i++)
    std::printf("%u %u\n", ids[i], links[i]);
}

} // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  char** words = argv + 2;
  if (command == "load" && argc == 5)
    pin(load(words[0], static_cast<uint32_t>(std::strtoul(words[1], nullptr, 0))), words[2]);
  else if (command == "attach" && argc >= 5)
    attach(words, argc - 2);
  else if (command == "detach" && argc == 5)
    detach(words);
  else if (command == "link" && argc == 6)
    link(words);
  else if (command == "update" && argc == 4)
    update(words);
  else if (command == "query" && argc == 4)
    query(words);
  else
    return std::fprintf(stderr, "lab-tc: see tests/vm/tc/lab_tc.cpp\n"), 1;
  return 0;
}
