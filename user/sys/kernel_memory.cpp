// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs the reader program once per window of kernel memory.
#include "kernel_memory.hpp"
#include "fd.hpp"
#include "skeleton.hpp"

#include "../model/records.hpp"
#include "reader.skel.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cstring>

namespace xs {

struct KernelMemory::Impl {
  Skeleton<reader_bpf, reader_bpf::destroy> skeleton;
  Mapping window;
};

KernelMemory::KernelMemory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KernelMemory::KernelMemory(KernelMemory&&) noexcept = default;
KernelMemory& KernelMemory::operator=(KernelMemory&&) noexcept = default;
KernelMemory::~KernelMemory() = default;

Result<KernelMemory> KernelMemory::open() {
  auto impl = std::make_unique<Impl>();
  impl->skeleton.reset(reader_bpf::open_and_load());
  if (!impl->skeleton) return fail("cannot load the BPF program that reads kernel text: {}", errno_text());
  const int fd = bpf_map__fd(impl->skeleton->maps.window);
  void* at = mmap(nullptr, sizeof(memory_window), PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return fail("cannot map the window to kernel text: {}", errno_text());
  impl->window = Mapping(at, sizeof(memory_window));
  return KernelMemory(std::move(impl));
}

bool KernelMemory::read(uint64_t address, std::span<uint8_t> into) {
  while (!into.empty()) {
    const size_t size = std::min(into.size(), sizeof(memory_window));
    uint64_t args[2] = {address, size};
    LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
    if (bpf_prog_test_run_opts(bpf_program__fd(impl_->skeleton->progs.read_memory), &opts) || opts.retval) return false;
    std::copy_n(impl_->window.as<memory_window>()->bytes, size, into.data());
    address += size;
    into = into.subspan(size);
  }
  return true;
}

uint64_t KernelMemory::current_task() {
  uint64_t out = 0;
  LIBBPF_OPTS(bpf_test_run_opts, opts);
  if (bpf_prog_test_run_opts(bpf_program__fd(impl_->skeleton->progs.find_task), &opts) || opts.retval) return 0;
  std::memcpy(&out, impl_->window.as<memory_window>()->bytes, sizeof(out));
  return out;
}

std::vector<uint8_t> KernelMemory::read_some(uint64_t address, size_t size) {
  constexpr uint64_t kPage = 4096;
  std::vector<uint8_t> out(size);
  while (!out.empty() && !read(address, out)) {
    const uint64_t end = address + out.size();
    const uint64_t shorter = (end - 1) / kPage * kPage;
    out.resize(shorter > address ? shorter - address : 0);
  }
  return out;
}

} // namespace xs
