// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets for which a queue of IPsec has no room, or that waited in one in vain.
#include "loss_words.hpp"
#include "outbound_template.hpp"
#include "policy_words.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

std::string on_cpu(const Event& e) {
  return e.cpu ? fmt::format(" of CPU {}", *e.cpu) : "";
}

// Decrypted packets wait after xfrm_input for their CPU.
Judgement backlog_full(const Event& e, const char* mode, const char* queue) {
  Judgement out =
      holds(fmt::format("{} came out of {} ({} mode), and the queue{} in which decrypted packets wait ({}) is "
                        "full: it takes net.core.netdev_max_backlog packets.",
                        upper_first(e.packets ? lost_text(e) : "A packet"), sa_or(e, "an SA"), mode, on_cpu(e), queue));
  return with_state(std::move(out), e);
}

Judgement decap_queue_full(const Event& e) {
  return backlog_full(e, "tunnel", "gro_cells");
}

Judgement trans_queue_full(const Event& e) {
  return backlog_full(e, "transport", "xfrm_trans_queue");
}

// "the out policy ... holds them: it demands ..., and there is no such SA"
std::string awaited_text(const Event& e) {
  const Template* t = failed_template(e);
  if (!t || !searched(e)) return {};
  std::string out = fmt::format(" {}", demand_text(e, *t));
  const State* s = state_of(e);
  if (s && s->live && s->live->km_state == "acq")
    return out +
           fmt::format("; the key manager was asked for it{}, and has not answered.", ago_text(s->added, e.mono_ns));
  if (const State* d = deleted_of(e))
    return out + fmt::format("; {} was deleted{}.", sa_text(*d), removal_text(*d, e.mono_ns));
  return out + ".";
}

std::string holder_text(const Event& e) {
  const Policy* p = policy_of(e);
  return p ? policy_text(*p) : "a policy";
}

Judgement with_policy(Judgement out, const Event& e) {
  if (!policy_of(e)) out.missing.emplace_back("the policy that held the packets");
  return out;
}

Judgement hold_queue_full(const Event& e) {
  const std::string flow = e.packet ? flow_text(*e.packet) : "A packet";
  return with_policy(
      holds(fmt::format("{} has to wait for an SA (net.core.xfrm_larval_drop is 0), and the queue of {}, "
                        "which takes 100 packets, is full.{}{}",
                        flow, holder_text(e), awaited_text(e), sender_text(e))),
      e);
}

// True if the policy's timer emptied the queue, false if its removal did.
bool by_timer(const Event& e) {
  return function_of(e) == "xfrm_policy_queue_process";
}

Judgement gave_up(const Event& e) {
  Judgement out =
      holds(fmt::format("{} waited for an SA in the queue of {}, until the kernel gave up: none came in time, "
                        "or the look-up failed.{}",
                        upper_first(lost_text(e)), holder_text(e), awaited_text(e)));
  out.advice =
      "See why no SA comes: is the key manager running, does its log tell of the negotiation, does IKE (UDP 500, "
      "4500) reach the peer? With sysctl net.core.xfrm_larval_drop=1 senders see an error at once, and nothing "
      "waits.";
  return with_policy(std::move(out), e);
}

Judgement hold_queue_purged(const Event& e) {
  if (by_timer(e)) return gave_up(e);
  if (!e.site) return lacks("where the queue was emptied");
  const Policy* p = policy_of(e);
  Actor by = p && p->removed ? *p->removed : Actor{};
  if (!by.by) by.by = e.process;
  const std::string who = actor_text(by);
  Judgement out =
      holds(fmt::format("{} waited for an SA in the queue of {}, and died with it: the policy was removed{}.",
                        upper_first(lost_text(e)), holder_text(e), who.empty() ? "" : " " + who));
  if (who.empty()) out.missing.emplace_back("the process that removed the policy");
  if (by.by)
    out.advice = fmt::format("Look at why {}[{}] removed the policy before an SA came. With sysctl "
                             "net.core.xfrm_larval_drop=1 senders see an error at once, and nothing waits.",
                             by.by->comm, by.by->pid);
  return with_policy(std::move(out), e);
}

constexpr const char* kBacklog =
    "Raise it (sysctl -w net.core.netdev_max_backlog=10000), and spread the load: one SA's packets all go to one CPU "
    "(more SAs, RSS or RPS by SPI, pcrypt). The third column of /proc/net/softnet_stat says which CPUs have too little "
    "time.";

const Rule kRules[] = {
    {"decap-queue-full",
     {LOSS_DECAP_QUEUE},
     "a packet that came through an SA is freed where it should be queued for its CPU (gro_cells)",
     "Packets are decrypted in tunnel mode faster than the CPU takes them from their queue.",
     kBacklog,
     decap_queue_full},
    {"trans-queue-full",
     {LOSS_TRANS_QUEUE},
     "the queue behind decryption in transport mode refuses a packet",
     "Packets are decrypted in transport mode faster than the CPU takes them from their queue.",
     kBacklog,
     trans_queue_full},
    {"hold-queue-full",
     {LOSS_HOLD_QUEUE_FULL},
     "a packet is freed while more than 100 wait in its policy's queue",
     "With net.core.xfrm_larval_drop=0, packets wait for their SA, and too many do.",
     "See why no SA comes (swanctl --list-sas, the key manager's log). With sysctl net.core.xfrm_larval_drop=1 senders "
     "see an error at once, and nothing waits.",
     hold_queue_full},
    {"hold-queue-purged",
     {LOSS_HOLD_QUEUE_PURGED},
     "a policy's queue is emptied while packets wait in it: by its timer, or with the policy",
     "With net.core.xfrm_larval_drop=0, packets waited for their SA, and it did not come before the policy went or the "
     "kernel gave up.",
     "See who removed the policy before an SA came, and why. With sysctl net.core.xfrm_larval_drop=1 senders see an "
     "error "
     "at once, and nothing waits.",
     hold_queue_purged},
};

} // namespace

std::span<const Rule> queue_loss_rules() {
  return kRules;
}

} // namespace xs
