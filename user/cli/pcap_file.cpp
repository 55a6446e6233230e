// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes whole blocks to the file of --pcap.
#include "pcap_file.hpp"

#include "../model/version.hpp"

#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <thread>
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
  if (fchmod(file.get(), kOwnerOnly) || ftruncate(file.get(), 0)) // the file may have existed before
    return fail("cannot write {}: {}", path, errno_text());
  return file;
}

std::string os_text() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {}", name.sysname, name.release);
}

} // namespace

// Opens with O_NONBLOCK and for writing only: otherwise the wait would have no end, or the pipe would need no reader.
Result<Fd> PcapFile::await_reader(const std::string& path, const Stop& stop) {
  constexpr int kTries = 100; // 5 s
  struct stat info {};
  if (path == "-" || lstat(path.c_str(), &info) || !S_ISFIFO(info.st_mode)) return Fd();
  for (int tries = 0; tries < kTries && !stop.asked(); tries++) {
    Fd pipe(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!pipe && errno != ENXIO) return fail("cannot write {}: {}", path, errno_text());
    if (pipe && fcntl(pipe.get(), F_SETFL, 0) == 0) return pipe;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail("cannot write {}: nobody reads this pipe; start its reader first", path);
}

Result<PcapFile> PcapFile::open(const std::string& path, Fd pipe, const Stop& stop) {
  auto file = pipe ? Result<Fd>(std::move(pipe)) : open_file(path);
  if (!file) return tl::unexpected(file.error());
  PcapFile out(std::move(*file), path == "-" ? "standard output" : path, stop);
  if (const Status written = out.put(Pcapng::header(os_text(), "xfrm-snap " XFRM_SNAP_VERSION)); !written)
    return tl::unexpected(written.error());
  return out;
}

Status PcapFile::write(const Event& event, const Finding& finding) {
  if (given_up_ || reader_left_) return {};
  const std::string bytes = blocks_.packet(event, finding);
  if (bytes.empty()) return {};
  if (Status written = put(bytes); !written) return written;
  if (!reader_left_) packets_++;
  return {};
}

// Removes a block that a full disk cut off, so that the file stays readable.
Status PcapFile::give_up(int error, size_t done) {
  reader_left_ = error == EPIPE;
  if (reader_left_) return {};
  given_up_ = true;
  failed_ = error != EINTR; // a reader that takes nothing is not our failure
  const bool whole = !done || ftruncate(file_.get(), whole_) == 0;
  return fail("cannot write {}: {}; {} packets are in it{}", name_,
              failed_ ? errno_text(error) : "nobody took more in the time that a stop leaves", packets_,
              whole ? "" : ", and part of another one");
}

Status PcapFile::put(const std::string& bytes) {
  const size_t done = write_patiently(file_.get(), bytes, patience_);
  if (done < bytes.size()) return give_up(errno, done);
  whole_ += static_cast<int64_t>(bytes.size());
  return {};
}

} // namespace xs
