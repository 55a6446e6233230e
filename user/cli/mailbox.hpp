// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A queue of jobs that one thread gives to another, which runs them in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

namespace xs {

class Mailbox {
public:
  using Job = std::function<void()>;
  // `urgent`: true if a thread that gives jobs has no time to wait; any thread may call it.
  explicit Mailbox(std::function<bool()> urgent = [] { return false; }) : urgent_(std::move(urgent)) {}

  // Waits while the queue is long; if it is urgent, only while it is very long. The job is dropped if `serve` has
  // ended.
  void put(Job job);
  // Gives a job and waits for its result. Throws what the job throws, or std::future_error if `serve` has ended.
  template <class Ask> auto ask(Ask&& job) {
    auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::forward<Ask>(job));
    auto answer = task->get_future();
    put([kept = std::move(task)] { (*kept)(); });
    return answer.get();
  }
  // False once a job threw.
  bool served();
  // No more jobs will come.
  void close();
  // Runs jobs until the queue is closed and empty. Calls `on_idle` after some of them, and when none came for
  // `patience`. If a job throws, the others are dropped.
  void serve(std::chrono::milliseconds patience, const Job& on_idle);

private:
  const std::function<bool()> urgent_;
  std::mutex guard_; // of all members below
  std::condition_variable filled_, emptied_;
  std::vector<Job> jobs_;
  bool closed_ = false, served_ = true;

  bool full() const;
  std::vector<Job> take(std::chrono::milliseconds patience);
  void abandon();
};

} // namespace xs
