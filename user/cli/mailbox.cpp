// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A queue of jobs of bounded length.
#include "mailbox.hpp"

#include <utility>

namespace xs {
namespace {

constexpr size_t kRoom = 256, kUrgentRoom = 16384, kLot = 64;

} // namespace

bool Mailbox::full() const {
  return jobs_.size() >= (urgent_() ? kUrgentRoom : kRoom);
}

void Mailbox::put(Job job) {
  constexpr std::chrono::milliseconds kLook(50); // it may have become urgent
  std::unique_lock lock(guard_);
  while (served_ && full())
    emptied_.wait_for(lock, kLook);
  if (!served_) return;
  jobs_.push_back(std::move(job));
  if (jobs_.size() == 1) filled_.notify_one();
}

bool Mailbox::served() {
  const std::lock_guard lock(guard_);
  return served_;
}

void Mailbox::close() {
  const std::lock_guard lock(guard_);
  closed_ = true;
  filled_.notify_one();
}

std::vector<Mailbox::Job> Mailbox::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(guard_);
  filled_.wait_for(lock, patience, [this] { return !jobs_.empty() || closed_; });
  emptied_.notify_all();
  return std::exchange(jobs_, {});
}

void Mailbox::abandon() {
  std::vector<Job> dropped; // destroyed after the lock is released, which wakes threads that wait for an answer
  const std::lock_guard lock(guard_);
  served_ = false;
  dropped.swap(jobs_);
  emptied_.notify_all();
}

void Mailbox::serve(std::chrono::milliseconds patience, const Job& on_idle) {
  const std::shared_ptr<void> leaving(nullptr, [this](void*) { abandon(); });
  for (bool more = true; more;) {
    const std::vector<Job> jobs = take(patience);
    for (size_t i = 0; i < jobs.size(); i++) {
      jobs[i]();
      if (i % kLot == kLot - 1) on_idle();
    }
    on_idle();
    const std::lock_guard lock(guard_);
    more = !closed_ || !jobs_.empty();
  }
}

} // namespace xs
