// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Opens pinned maps, if their owner is alive and their layout is the expected one.
#include "pinned_maps.hpp"
#include "../model/records.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/file.h>

namespace xs {
namespace {

struct Expected {
  const char* name;
  uint32_t key_size;
  uint32_t value_size;
  Fd PinnedMaps::*map;
};

constexpr Expected kExpected[] = {
    {"states", sizeof(uint64_t), sizeof(state_kept), &PinnedMaps::states},
    {"policies", sizeof(uint64_t), sizeof(policy_kept), &PinnedMaps::policies},
    {"deleted", sizeof(uint32_t), sizeof(state_row), &PinnedMaps::deleted},
    {"errors", sizeof(error_key), sizeof(error_row), &PinnedMaps::errors},
    {"totals", sizeof(total_key), sizeof(total_row), &PinnedMaps::totals},
    {"sites", sizeof(uint64_t), sizeof(site), &PinnedMaps::sites},
    {"lost", sizeof(uint32_t), sizeof(uint64_t), &PinnedMaps::lost},
    {"tc", sizeof(tc_key), sizeof(tc_row), &PinnedMaps::tc},
};

Result<Fd> open_map(const std::string& dir, const Expected& expected) {
  const std::string path = fmt::format("{}/{}", dir, expected.name);
  LIBBPF_OPTS(bpf_obj_get_opts, read_only, .file_flags = BPF_F_RDONLY);
  Fd fd(bpf_obj_get_opts(path.c_str(), &read_only));
  if (!fd && errno == ENOENT) return fail("the xfrm-snap that owns {} is only starting; ask again in a moment", dir);
  if (!fd) return fail("cannot open the map {}: {}; run it as root", path, errno_text());
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size)) return fail("cannot ask what {} is: {}", path, errno_text());
  if (info.key_size != expected.key_size || info.value_size != expected.value_size ||
      std::string_view(info.name) != expected.name)
    return fail("{} holds maps of another version of xfrm-snap; use that one", dir);
  return fd;
}

} // namespace

Result<std::optional<PinnedMaps>> open_pinned(const std::string& dir) {
  const Fd folder(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder && errno == ENOENT) return std::nullopt;
  if (!folder) return fail("cannot look into {}: {}{}", dir, errno_text(), errno == EACCES ? "; run it as root" : "");
  if (flock(folder.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt; // the pins are those of a dead run
  PinnedMaps maps;
  for (const Expected& expected : kExpected) {
    auto fd = open_map(dir, expected);
    if (!fd) return tl::unexpected(fd.error());
    maps.*expected.map = std::move(*fd);
  }
  return maps;
}

tl::unexpected<Error> unread(const char* map, int error) {
  const bool forbidden = error == EPERM || error == EACCES;
  return fail("cannot read the map {}: {}; {}", map, errno_text(error),
              forbidden ? "run it as root, with CAP_BPF" : "stop the xfrm-snap that it is of, and start it anew");
}

} // namespace xs
