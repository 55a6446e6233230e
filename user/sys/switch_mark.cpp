// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Locks bytes of the mark. A lock belongs to an open file description, which a child inherits and holds while it keeps
// the file open.
#include "switch_mark.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace xs {
namespace {

constexpr size_t kMost = 4096; // of bytes

// Offsets of the locks: the guard, one for a live run, and one for each switch. Not adjacent, or /proc/locks would show
// them as one.
constexpr off_t kGuard = 0, kAlive = 2, kFirstSwitch = 4;

constexpr off_t place_of(size_t index) {
  return kFirstSwitch + 2 * static_cast<off_t>(index);
}

struct flock lock_of(short type, off_t at) {
  struct flock out {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  out.l_start = at;
  out.l_len = 1;
  return out;
}

bool set_lock(int file, short type, off_t at) {
  struct flock lock = lock_of(type, at);
  return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

bool others_lock(int file, off_t at) {
  struct flock lock = lock_of(F_WRLCK, at);
  return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool wait_for_lock(int file, off_t at) {
  constexpr timespec kPause{0, 10'000'000};
  constexpr int kTries = 300; // 3 s
  for (int tries = 0; tries < kTries; tries++) {
    if (set_lock(file, F_WRLCK, at)) return true;
    nanosleep(&kPause, nullptr);
  }
  return false;
}

struct Text {
  char bytes[kMost];
  size_t size;

  explicit Text(int file) {
    const ssize_t n = pread(file, bytes, sizeof(bytes), 0);
    size = n > 0 ? static_cast<size_t>(n) : 0;
  }
  // The offset of this line; `size`: not found.
  size_t find(const char* line) const {
    const size_t length = strlen(line);
    for (size_t at = 0; at < size;) {
      const char* end = static_cast<const char*>(memchr(bytes + at, '\n', size - at));
      const size_t stop = end ? static_cast<size_t>(end - bytes) : size;
      if (stop - at == length && !memcmp(bytes + at, line, length)) return at;
      at = stop + 1;
    }
    return size;
  }
  void erase(size_t at, size_t length) {
    const size_t end = std::min(size, at + length);
    memmove(bytes + at, bytes + end, size - end);
    size -= end - at;
  }
  void append(const char* line) {
    const size_t length = strlen(line);
    if (size + length + 1 > kMost) return;
    memcpy(bytes + size, line, length);
    bytes[size + length] = '\n';
    size += length + 1;
  }
};

} // namespace

// The last run that used the mark may remove it while it is opened here.
SwitchMark::SwitchMark(const Switches& switches, bool make) : switches_(&switches) {
  constexpr int kTries = 10;
  for (int tries = 0; tries < kTries; tries++) {
    if (make) mkdir(switches.folder, 0700);
    Fd file(open(switches.mark, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600));
    if (!file && make && errno == ENOENT) continue; // the folder was removed just now
    struct stat info {};
    if (!file || !wait_for_lock(file.get(), kGuard) || fstat(file.get(), &info)) return;
    if (!info.st_nlink) continue;
    if (set_lock(file.get(), F_RDLCK, kAlive)) file_ = std::move(file);
    if (file_) set_lock(file_.get(), F_UNLCK, kGuard);
    return;
  }
}

SwitchMark::Guard::Guard(const SwitchMark& mark) : mark_(mark) {
  if (mark_) wait_for_lock(mark_.fd(), kGuard);
}

SwitchMark::Guard::~Guard() {
  if (mark_) set_lock(mark_.fd(), F_UNLCK, kGuard);
}

bool SwitchMark::lists(const Switch& one) const {
  if (!file_) return false;
  const Text text(fd());
  return text.find(one.path) < text.size;
}

void SwitchMark::rewrite(const Switch& one, bool listed) const {
  if (!file_) return;
  Text text(fd());
  const size_t at = text.find(one.path);
  if ((at < text.size) == listed) return;
  if (listed)
    text.append(one.path);
  else
    text.erase(at, strlen(one.path) + 1);
  if (pwrite(fd(), text.bytes, text.size, 0) == static_cast<ssize_t>(text.size))
    (void)!ftruncate(fd(), static_cast<off_t>(text.size));
}

void SwitchMark::add(const Switch& one) const {
  rewrite(one, true);
}

void SwitchMark::strike(const Switch& one) const {
  rewrite(one, false);
}

void SwitchMark::need(size_t index) const {
  if (file_) set_lock(fd(), F_RDLCK, place_of(index));
}

void SwitchMark::need_no_more(size_t index) const {
  if (file_) set_lock(fd(), F_UNLCK, place_of(index));
}

bool SwitchMark::others_need(size_t index) const {
  return file_ && others_lock(fd(), place_of(index));
}

void SwitchMark::leave() const {
  if (!file_) return;
  const Guard guard(*this);
  if (!others_lock(fd(), kAlive) && !Text(fd()).size) {
    unlink(switches_->mark);
    rmdir(switches_->folder);
  }
  set_lock(fd(), F_UNLCK, kAlive);
}

} // namespace xs
