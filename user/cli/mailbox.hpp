// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Jobs that one thread gives to another, which does them in their order.
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
  // `urgent`: whether whoever gives jobs has no time to wait; to be called by any thread.
  explicit Mailbox(std::function<bool()> urgent = [] { return false; }) : urgent_(std::move(urgent)) {}

  // Waits while there are many already; where it is urgent, while there are very many. Dropped where nobody serves
  // any more.
  void put(Job job);
  // Gives a job and waits for its result. Throws what the job throws, and std::future_error where nobody serves.
  template <class Ask> auto ask(Ask&& job) {
    auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::forward<Ask>(job));
    auto answer = task->get_future();
    put([kept = std::move(task)] { (*kept)(); });
    return answer.get();
  }
  // False once a job threw.
  bool served();
  // There will be no more.
  void close();
  // Does the jobs until the box is closed and empty. `between` is called after some of them, and whenever `patience` is
  // over. Where a job throws, those that are left are dropped.
  void serve(std::chrono::milliseconds patience, const Job& between);

private:
  const std::function<bool()> urgent_;
  std::mutex guard_; // of all below
  std::condition_variable filled_, emptied_;
  std::vector<Job> jobs_;
  bool closed_ = false, served_ = true;

  bool full() const;
  std::vector<Job> take(std::chrono::milliseconds patience);
  void abandon();
};

} // namespace xs
