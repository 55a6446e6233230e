// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Asks the kernel for what ip(8) of older systems cannot: a state with a direction, and a function that fails.
#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "commands.hpp"
#include "netlink.hpp"

namespace lab {
namespace {

constexpr uint16_t kSaDirAttribute = 33; // XFRMA_SA_DIR, Linux 6.10
constexpr char kAlgorithm[] = "rfc4106(gcm(aes))";
constexpr size_t kKeyBytes = 20;
constexpr uint32_t kIcvBits = 128;

uint8_t direction_of(const std::string& text) {
  if (text == "in") return 1;
  if (text == "out") return 2;
  throw UsageError("dir=" + text + ": expected in or out");
}

int bpf_call(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

Fd attached(const std::string& path) {
  bpf_attr get{};
  get.pathname = reinterpret_cast<uint64_t>(path.c_str());
  const Fd program(bpf_call(BPF_OBJ_GET, get));
  if (program.get() < 0) throw SystemError("open the program " + path);
  bpf_attr open{};
  open.raw_tracepoint.prog_fd = static_cast<uint32_t>(program.get());
  Fd link(bpf_call(BPF_RAW_TRACEPOINT_OPEN, open));
  if (link.get() < 0) throw SystemError("attach the program " + path);
  return link;
}

} // namespace

void add_state(const Words& words) {
  const Args args(words, "src dst spi reqid mode dir");
  Message message(XFRM_MSG_NEWSA, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, state_of(args));
  add_algorithm(message, XFRMA_ALG_AEAD, kAlgorithm, Bytes(kKeyBytes), kIcvBits);
  request(message.with(kSaDirAttribute, direction_of(args.text("dir"))), "add the state");
}

void with_fault(const Words& words) {
  const Args args(words, "prog");
  const Fd link = attached(args.text("prog"));
  run_command(args);
}

void make_cipher(const Words& words) {
  const Args args(words, "name");
  sockaddr_alg wanted{};
  wanted.salg_family = AF_ALG;
  std::strcpy(reinterpret_cast<char*>(wanted.salg_type), "aead");
  std::strncpy(reinterpret_cast<char*>(wanted.salg_name), args.text("name").c_str(), sizeof(wanted.salg_name) - 1);
  const Fd socket = open_socket(AF_ALG, SOCK_SEQPACKET, 0);
  // The kernel makes it, but may call it by another name and say that there is none.
  (void)bind(socket.get(), reinterpret_cast<const sockaddr*>(&wanted), sizeof(wanted));
}

// The kernel's thread that takes packets on processor 0 where there is much to take.
pid_t packet_thread() {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(process.path() / "comm");
    std::string name;
    if (std::getline(file, name) && name == "ksoftirqd/0") return std::stoi(process.path().filename());
  }
  throw std::runtime_error("there is no ksoftirqd/0");
}

/// Runs a process at a real-time priority; as it did before when this goes.
class RealTime {
public:
  RealTime(pid_t process, int priority) : m_process(process), m_policy(sched_getscheduler(process)) {
    sched_param wanted{};
    wanted.sched_priority = priority;
    if (m_policy < 0 || sched_getparam(process, &m_before) || sched_setscheduler(process, SCHED_FIFO, &wanted))
      throw SystemError("go first on a processor");
  }
  ~RealTime() { sched_setscheduler(m_process, m_policy, &m_before); }
  RealTime(const RealTime&) = delete;
  RealTime& operator=(const RealTime&) = delete;

private:
  pid_t m_process;
  int m_policy;
  sched_param m_before{};
};

void run_first(const Words& words) {
  const Args args(words, "");
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sched_setaffinity(0, sizeof(one), &one)) throw SystemError("go first on a processor");
  const RealTime self(0, 50);
  const RealTime packets(packet_thread(), 60); // or it would come after all else, with the packets
  run_command(args);
}

} // namespace lab
