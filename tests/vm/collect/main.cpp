// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs parts of user/collect by themselves in a guest, for the scripts beside it.
#include "../../../user/collect/pinned_maps.hpp"
#include "../../../user/collect/pins.hpp"
#include "../../../user/collect/snapshot.hpp"
#include "../../../user/decode/mirror.hpp"
#include "../../../user/model/records.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bpf/bpf.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <span>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>

namespace {

// As in snapshot.sh: the key of every SA.
constexpr std::array<uint8_t, 8> kKey{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
ssize_t longest = 0;
bool leaked = false;

int number_from(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

bool of_xfrm(int fd) {
  int protocol = -1;
  socklen_t size = sizeof(protocol);
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_XFRM;
}

} // namespace

// Stands in for the C library's: looks at all that comes into this process, and fails as often as the environment's
// FAILURES says, with ERRNO; ERRNO 0 is a list that changed while it was read.
extern "C" ssize_t recv(int fd, void* data, size_t size, int flags) {
  static const int error = number_from("ERRNO");
  static int failures = number_from("FAILURES");
  const bool failing = failures > 0 && failures-- > 0;
  if (failing && error) {
    errno = error;
    return -1;
  }
  const ssize_t n = syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
  if (n <= 0) return n;
  if (failing) static_cast<nlmsghdr*>(data)->nlmsg_flags |= NLM_F_DUMP_INTR;
  if (of_xfrm(fd)) longest = std::max(longest, n); // what tc says holds no keys
  const std::span bytes(static_cast<const uint8_t*>(data), static_cast<size_t>(n));
  leaked |= !std::ranges::search(bytes, kKey).empty();
  return n;
}

namespace {

using Words = std::span<char* const>;

void say(const std::string& text) {
  std::puts(text.c_str());
  std::fflush(stdout);
}

std::set<uint32_t> numbers(Words words) {
  std::set<uint32_t> out;
  for (const char* word : words)
    out.insert(static_cast<uint32_t>(std::stoul(word)));
  return out;
}

void wait_for_term() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  int signal = 0;
  sigwait(&set, &signal);
}

int load(Words) {
  const auto loaded = xs::load_xfrm_user();
  say(loaded ? "loaded" : loaded.error().text);
  return 0;
}

int count(Words words) {
  const auto n = xs::count_objects(numbers(words));
  say(fmt::format("states {} policies {}", n.states, n.policies));
  return 0;
}

int snapshot(Words words) {
  for (const auto& gap : xs::snapshot(numbers(words)))
    say(gap.text);
  say(fmt::format("longest {} {}", longest, leaked ? "LEAKED" : "no key"));
  return 0;
}

// --- netns that only one thing leads to ------------------------------------------------------------------------------

uint32_t enter_new_netns() {
  struct stat info {};
  if (unshare(CLONE_NEWNET) || stat("/proc/thread-self/ns/net", &info)) return 0;
  if (std::system("ip link set lo up; ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x77 "
                  "auth 'hmac(sha256)' 0x0123456789abcdef enc 'ecb(cipher_null)' ''"))
    return 0;
  return static_cast<uint32_t>(info.st_ino);
}

// The netns of a thread that has ended, kept by what `keep` returns.
template <class Keep> int hold(Keep keep) {
  uint32_t inum = 0;
  int kept = -1;
  std::thread([&] {
    inum = enter_new_netns();
    kept = keep();
  }).join();
  say(std::to_string(inum));
  wait_for_term();
  return kept < 0;
}

int hold_file(Words) {
  return hold([] { return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); });
}

int hold_socket(Words) {
  return hold([] { return socket(AF_INET, SOCK_DGRAM, 0); });
}

int hold_mount(Words words) {
  return hold([&] {
    close(open(words[0], O_CREAT | O_RDONLY, 0600));
    return mount("/proc/thread-self/ns/net", words[0], nullptr, MS_BIND, nullptr);
  });
}

int hold_process(Words) {
  say(std::to_string(enter_new_netns()));
  wait_for_term();
  return 0;
}

int hold_thread(Words) {
  std::thread([] { hold_process({}); }).join();
  return 0;
}

// --- pins ------------------------------------------------------------------------------------------------------------

xs::Fd map(const char* name, uint32_t key, uint32_t value) {
  return xs::Fd(bpf_map_create(BPF_MAP_TYPE_HASH, name, key, value, 4, nullptr));
}

// One object in each table, in the first netns, and a state in a netns that is no more.
void fill(int states, int policies, int deleted) {
  struct stat init {};
  stat("/proc/1/ns/net", &init);
  state_kept state{};
  state.version = 2;
  state.netns = static_cast<uint32_t>(init.st_ino);
  state.family = AF_INET;
  state.saddr[0] = state.daddr[0] = 10;
  state.daddr[3] = 1;
  state.proto = IPPROTO_ESP;
  state.spi = htonl(0x1001);
  policy_kept policy{};
  policy.version = 2;
  policy.netns = state.netns;
  policy.family = policy.sel.family = AF_INET;
  policy.priority = 77;
  const uint64_t first = 0xffff0002, second = 0xffff0001;
  bpf_map_update_elem(states, &first, &state, BPF_ANY);
  bpf_map_update_elem(policies, &first, &policy, BPF_ANY);
  state.netns = 1;
  state.spi = htonl(0x1002);
  bpf_map_update_elem(states, &second, &state, BPF_ANY);
  const uint32_t number = 0;
  state_row dead = xs::whole_row(state);
  dead.removed = {.ns = 5, .pid = 4711, .how = HOW_NETLINK, .in_process = 1, .reserved = {}, .comm = "ip"};
  bpf_map_update_elem(deleted, &number, &dead, BPF_ANY);
}

// A run: claims, pins, waits for SIGTERM. An extra word makes it a run of another version.
int pin(Words words) {
  auto claimed = xs::claim_pins(words[0][0] == '-' ? std::nullopt : std::optional<std::string>(words[0]));
  if (!claimed) return say(claimed.error().text), 1;
  for (const std::string& note : claimed->notes)
    say(note);
  const uint32_t more = words.size() > 1 ? 8 : 0;
  const xs::Fd states = map("states", 8, sizeof(state_kept) + more), policies = map("policies", 8, sizeof(policy_kept)),
               deleted = map("deleted", sizeof(uint32_t), sizeof(state_row)),
               errors = map("errors", sizeof(error_key), sizeof(error_row)),
               totals = map("totals", sizeof(total_key), sizeof(total_row)),
               sites = map("sites", sizeof(uint64_t), sizeof(struct site)),
               lost = map("lost", sizeof(uint32_t), sizeof(uint64_t)), tc = map("tc", sizeof(tc_key), sizeof(tc_row));
  if (!more) fill(states.get(), policies.get(), deleted.get());
  if (claimed->pins)
    for (const std::string& problem : claimed->pins->pin({{"states", states.get()},
                                                          {"policies", policies.get()},
                                                          {"deleted", deleted.get()},
                                                          {"errors", errors.get()},
                                                          {"totals", totals.get()},
                                                          {"sites", sites.get()},
                                                          {"lost", lost.get()},
                                                          {"tc", tc.get()}}))
      say(problem);
  say("runs");
  wait_for_term();
  return 0;
}

int look(Words words) {
  const auto maps = xs::open_pinned(words.empty() ? xs::kPinDir : words[0]);
  say(!maps ? maps.error().text : *maps ? "somebody runs" : "nobody runs");
  return 0;
}

struct Command {
  std::string_view name;
  int (*run)(Words);
};

constexpr Command kCommands[] = {
    {"load", load},
    {"count", count},
    {"snapshot", snapshot},
    {"hold-file", hold_file},
    {"hold-socket", hold_socket},
    {"hold-mount", hold_mount},
    {"hold-thread", hold_thread},
    {"hold-process", hold_process},
    {"pin", pin},
    {"look", look},
};

} // namespace

int main(int argc, char** argv) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  for (const Command& command : kCommands)
    if (argc > 1 && command.name == argv[1]) return command.run(Words(argv, static_cast<size_t>(argc)).subspan(2));
  return 2;
}
