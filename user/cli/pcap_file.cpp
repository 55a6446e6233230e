// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes whole blocks.
#include "pcap_file.hpp"

#include "../model/version.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace xs {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Result<Fd> open_file(const std::string& path) {
  if (path == "-") return Fd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file) return fail("cannot write {}: {}", path, errno_text());
  struct stat info {};
  if (fstat(file.get(), &info)) return fail("cannot write {}: {}", path, errno_text());
  if (!S_ISREG(info.st_mode)) return file;
  if (fchmod(file.get(), kOwnerOnly) || ftruncate(file.get(), 0)) // it may have been there before
    return fail("cannot write {}: {}", path, errno_text());
  return file;
}

std::string os_text() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {}", name.sysname, name.release);
}

} // namespace

Result<PcapFile> PcapFile::open(const std::string& path) {
  auto file = open_file(path);
  if (!file) return tl::unexpected(file.error());
  PcapFile out;
  out.file_ = std::move(*file);
  out.name_ = path == "-" ? "standard output" : path;
  if (const Status written = out.put(Pcapng::header(os_text(), "xfrm-snap " XFRM_SNAP_VERSION)); !written)
    return tl::unexpected(written.error());
  return out;
}

Status PcapFile::write(const Event& event, const Finding& finding) {
  if (failed_ || reader_left_) return {};
  const std::string bytes = blocks_.packet(event, finding);
  if (bytes.empty()) return {};
  if (Status written = put(bytes); !written) return written;
  if (!reader_left_) packets_++;
  return {};
}

// A block that was cut off by a full disk is taken back: what is there stays readable.
Status PcapFile::give_up(int error) {
  reader_left_ = error == EPIPE;
  if (reader_left_) return {};
  failed_ = true;
  const bool cut = ftruncate(file_.get(), whole_) == 0 || errno == EINVAL; // a pipe has no length
  return fail("cannot write {}: {}; {} packets are in it{}", name_, errno_text(error), packets_,
              cut ? "" : ", and part of another one");
}

Status PcapFile::put(const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return give_up(n < 0 ? errno : EIO);
    done += static_cast<size_t>(n);
  }
  whole_ += static_cast<int64_t>(bytes.size());
  return {};
}

} // namespace xs
