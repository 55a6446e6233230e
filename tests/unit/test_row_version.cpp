// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rows are read consistently or not at all: the code of the BPF programs, with a writer stopped at every point.
#include "../../user/collect/settled.hpp"

#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <vector>

#define __TARGET_ARCH_x86
#undef __always_inline
#define __always_inline inline
#define __u32 uint32_t
#define barrier() asm volatile("" ::: "memory")
#include "../../bpf/row_version.h"

using namespace xs;

namespace {

struct Row {
  uint32_t version = 0;
  uint32_t value[3]{};
};

constexpr uint64_t kNow = 600'000'000'000;

Row settled(uint32_t value, uint64_t born_ns = kNow) {
  Row row;
  begin_life(&row, born_ns);
  for (uint32_t& one : row.value)
    one = value;
  end_write(&row);
  return row;
}

// A reader of the kernel side; `meanwhile` happens in the middle of its copying.
bool read(
    const Row& row, Row& copy, const std::function<void()>& meanwhile = [] {}) {
  const uint32_t before = begin_read(&row.version);
  copy.value[0] = row.value[0];
  meanwhile();
  copy.value[1] = row.value[1];
  copy.value[2] = row.value[2];
  return end_read(&row.version, before);
}

// A writer step by step.
std::vector<std::function<void(Row&)>> steps(uint32_t value) {
  return {[](Row& row) { begin_write(&row); }, [=](Row& row) { row.value[0] = value; },
          [=](Row& row) { row.value[1] = value; }, [=](Row& row) { row.value[2] = value; },
          [](Row& row) { end_write(&row); }};
}

// Looks as user space has them: what each finds is what `row` is after so many calls.
Settled look(const std::function<int(Row&, int call)>& at, Row& row) {
  int call = 0;
  return read_settled([&](Row& into) { return at(into, call++); }, row);
}

} // namespace

TEST_CASE("a row that rests is read whole") {
  Row copy;
  CHECK(read(settled(1), copy));
  CHECK(copy.value[2] == 1);
}

TEST_CASE("a writer stopped in the middle: nothing is read, wherever it was stopped") {
  const auto all = steps(2);
  for (size_t stopped = 1; stopped < all.size(); stopped++) {
    Row row = settled(1), copy;
    for (size_t i = 0; i < stopped; i++)
      all[i](row);
    CHECK_FALSE(read(row, copy));
    CHECK(look([&](Row& into, int) { return into = row, 0; }, copy) == Settled::torn);
  }
}

TEST_CASE("a writer that comes by while a row is copied: nothing is read, however much of it came between") {
  const auto all = steps(2);
  for (size_t from = 0; from < all.size(); from++)
    for (size_t to = from; to < all.size(); to++) {
      Row row = settled(1), copy;
      for (size_t i = 0; i < from; i++)
        all[i](row);
      CHECK_FALSE(read(row, copy, [&] {
        for (size_t i = from; i <= to; i++)
          all[i](row);
      }));
    }
}

TEST_CASE("once the writer is done the row is read again") {
  Row row = settled(1), copy;
  for (const auto& step : steps(2))
    step(row);
  CHECK(read(row, copy));
  CHECK(copy.value[0] == 2);
}

TEST_CASE("a new row is being written from its first moment") {
  Row row, copy;
  begin_life(&row, kNow);
  CHECK(row.version % 2 == 1);
  CHECK_FALSE(read(row, copy));
}

TEST_CASE("a row that was removed, and whose memory another one has, is not taken for that one") {
  for (int writes = 0; writes < 1000; writes++) {
    Row row = settled(1), copy;
    uint64_t now = kNow;
    for (int i = 0; i < writes; i++, now += 128) { // no write takes less
      begin_write(&row);
      end_write(&row);
    }
    CHECK_FALSE(read(row, copy, [&] { row = settled(2, now + 128); }));
  }
}

TEST_CASE("user space: a row that comes to rest is read, and is what it was at its last look") {
  const auto all = steps(2);
  Row row = settled(1), read;
  all[0](row);
  CHECK(look(
            [&](Row& into, int call) {
              if (call && call < 5) all[static_cast<size_t>(call)](row);
              return into = row, 0;
            },
            read) == Settled::whole);
  CHECK(read.value[0] == 2);
  CHECK(read.value[2] == 2);
}

TEST_CASE("user space: one that is written anew between every two looks is torn") {
  Row row = settled(1), read;
  const auto busy = [&](Row& into, int) {
    for (const auto& step : steps(2))
      step(row);
    return into = row, 0;
  };
  CHECK(look(busy, read) == Settled::torn);
}

TEST_CASE("user space: one that is gone is no error, one that cannot be read is") {
  Row read;
  const auto after = [&](int looks, int error) {
    return look(
        [&](Row& into, int call) {
          into = settled(1);
          begin_write(&into);
          errno = error;
          return call < looks ? 0 : -1;
        },
        read);
  };
  CHECK(after(0, ENOENT) == Settled::gone);
  CHECK(after(3, ENOENT) == Settled::gone);
  CHECK(after(0, EPERM) == Settled::refused);
  CHECK(after(3, EPERM) == Settled::refused);
}
