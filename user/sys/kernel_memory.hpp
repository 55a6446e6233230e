// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the running kernel's memory.
#pragma once

#include "result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace xs {

// Reads through a BPF program, which works where /proc/kcore is absent or masked. One thread at a time.
class KernelMemory {
public:
  static Result<KernelMemory> open();
  KernelMemory(KernelMemory&&) noexcept;
  KernelMemory& operator=(KernelMemory&&) noexcept;
  ~KernelMemory();

  // `size` bytes at the kernel's virtual address; false if any of them is not mapped.
  bool read(uint64_t address, std::span<uint8_t> into);
  // The bytes mapped from `address` on, at most `size`; the end is dropped in whole pages.
  std::vector<uint8_t> read_some(uint64_t address, size_t size);
  template <class T> bool read_object(uint64_t address, T& into) {
    return read(address, {reinterpret_cast<uint8_t*>(&into), sizeof(T)});
  }

  // Address of this thread's struct task_struct; 0: not known.
  uint64_t current_task();

private:
  struct Impl;
  explicit KernelMemory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace xs
