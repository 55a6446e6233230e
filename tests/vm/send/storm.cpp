// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds, updates and deletes very many states in random order, in batches.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.hpp"
#include "netlink.hpp"
#include "netns.hpp"

namespace lab {
namespace {

constexpr size_t kBatch = 32; // messages in one send
constexpr size_t kAnswers = 1 << 16;
constexpr uint32_t kPermille = 1000;
constexpr size_t kGcmKey = 20; // bytes: AES-128 and its salt
constexpr uint32_t kGcmIcvBits = 128;

enum class Deed : uint8_t { add, update, remove };

struct Step {
  uint32_t number; // of the state
  Deed deed;
};

/// All that is to be done with states [from, from + count), shuffled: some deeds come too early and are refused.
std::vector<Step> plan(uint32_t from, uint32_t count, const Args& args, std::mt19937& random) {
  std::vector<Step> steps;
  const auto chance = [&](const char* key) { return random() % kPermille < args.number(key, 0); };
  for (uint32_t number = from; number < from + count; number++) {
    if (args.number("add", kPermille)) steps.push_back({number, Deed::add});
    if (chance("update")) steps.push_back({number, Deed::update});
    if (chance("delete")) steps.push_back({number, Deed::remove});
  }
  if (args.number("shuffle", 1)) std::ranges::shuffle(steps, random);
  return steps;
}

constexpr uint32_t kReqids = 61;

/// Each state has a destination of its own, and an SPI that a few others share. The kernel's hash of states is the
/// exclusive or of reqid and destination: were both the state's number, all states would be in eight chains.
xfrm_usersa_info numbered(uint32_t number, std::mt19937& random) {
  xfrm_usersa_info state{};
  state.family = AF_INET;
  state.id.daddr.a4 = htonl(0x0a800000 + number);
  state.saddr.a4 = htonl(0x0a000001);
  state.id.spi = htonl(0x10000 + number);
  state.id.proto = IPPROTO_ESP;
  state.reqid = 1 + number % kReqids;
  state.mode = number % 2 ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
  state.lft = unlimited();
  state.lft.soft_byte_limit = 1'000'000'000 + random() % 1'000'000;
  state.lft.hard_packet_limit = 2'000'000'000 + random() % 1'000'000;
  state.replay_window = static_cast<uint8_t>(number % 33);
  return state;
}

/// Every fourth state has a mark, every eighth an interface.
Bytes message_of(const Step& step, bool gcm, std::mt19937& random) {
  const xfrm_usersa_info state = numbered(step.number, random);
  const xfrm_mark mark{0x100 + step.number % 16, 0xfff};
  if (step.deed == Deed::remove) {
    const xfrm_usersa_id id{state.id.daddr, state.id.spi, state.family, state.id.proto};
    Message message(XFRM_MSG_DELSA, 0, id);
    return (step.number % 4 ? message : message.with(XFRMA_MARK, mark)).bytes();
  }
  const bool add = step.deed == Deed::add;
  Message message(add ? XFRM_MSG_NEWSA : XFRM_MSG_UPDSA, add ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_REPLACE, state);
  if (gcm) {
    add_algorithm(message, XFRMA_ALG_AEAD, "rfc4106(gcm(aes))", Bytes(kGcmKey, 0x11), kGcmIcvBits);
  } else {
    add_algorithm(message, XFRMA_ALG_CRYPT, "ecb(cipher_null)", {});
    add_algorithm(message, XFRMA_ALG_AUTH_TRUNC, "digest_null", {}, 0);
  }
  if (step.number % 4 == 0) message.with(XFRMA_MARK, mark);
  if (step.number % 8 == 0) message.with(XFRMA_IF_ID, uint32_t{7});
  return message.bytes();
}

/// Counts what the kernel refused, by error.
void read_answers(const Fd& socket, std::map<int, uint32_t>& refused) {
  static Bytes buffer(kAnswers);
  for (;;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    nlmsghdr header{};
    for (size_t at = 0; at + sizeof(header) <= static_cast<size_t>(size); at += NLMSG_ALIGN(header.nlmsg_len)) {
      std::memcpy(&header, buffer.data() + at, sizeof(header));
      int error = 0;
      std::memcpy(&error, buffer.data() + at + NLMSG_HDRLEN, sizeof(error));
      if (header.nlmsg_type == NLMSG_ERROR && error) refused[-error]++;
      if (header.nlmsg_len < sizeof(header)) return;
    }
  }
}

void run_plan(const std::vector<Step>& steps, const Args& args, std::mt19937& random) {
  const Fd socket = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  std::map<int, uint32_t> refused;
  Bytes batch;
  for (size_t i = 0; i < steps.size(); i++) {
    const Bytes one = message_of(steps[i], args.number("gcm", 0), random);
    batch.insert(batch.end(), one.begin(), one.end());
    if ((i + 1) % kBatch && i + 1 < steps.size()) continue;
    if (send(socket.get(), batch.data(), batch.size(), 0) < 0) throw SystemError("send a batch");
    batch.clear();
    read_answers(socket, refused);
    if (const uint32_t pause_us = args.number("pause", 0)) usleep(pause_us);
  }
  std::printf("%zu steps", steps.size());
  for (const auto& [error, times] : refused)
    std::printf(", %u times: %s", times, std::strerror(error));
  std::printf("\n");
  std::fflush(stdout);
}

} // namespace

void storm(const Words& words) {
  const Args args(words, "procs count overlap add update delete shuffle seed pause from gcm");
  const uint32_t count = args.number("count"), overlap = args.number("overlap", 0);
  for (uint32_t process = 0; process < args.number("procs", 1); process++) {
    const pid_t child = fork();
    if (child < 0) throw SystemError("fork");
    if (child) continue;
    std::mt19937 random(args.number("seed", 1) * 1000 + process);
    const uint32_t from = args.number("from", 0) + process * (count - overlap);
    run_plan(plan(from, count, args, random), args, random);
    _exit(0);
  }
  int status = 0, worst = 0;
  while (wait(&status) > 0)
    worst |= status;
  if (worst) throw std::runtime_error("a process failed");
}

} // namespace lab
