// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Files are read as they were written, compressed or not, and damaged ones are refused with a reason.
#include "../../user/sys/gzip.hpp"
#include "../../user/sys/procfs.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace xs;

namespace {

struct Folder {
  std::string path = "/tmp/xfrm-snap.XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data())); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return path + "/" + name; }
};

std::string text() {
  std::string out;
  for (int i = 0; i < 5000; i++)
    out += std::to_string(i * i);
  return out;
}

template <class T> std::string error(const Result<T>& result) {
  return result ? "" : result.error().text;
}

} // namespace

TEST_CASE("a file is compressed if its name says so, and read either way") {
  const Folder folder;
  const std::string plain = folder / "image", packed = folder / "image.gz";
  REQUIRE(write_gzip(plain, text()));
  REQUIRE(write_gzip(packed, text()));
  CHECK(read_file(plain) == text());
  CHECK(read_file(packed).value_or("").size() < text().size() / 2);
  CHECK(read_gzip(plain).value_or("") == text());
  CHECK(read_gzip(packed).value_or("") == text());
}

TEST_CASE("a compressed file that is cut short or damaged is not read") {
  const Folder folder;
  const std::string path = folder / "image.gz";
  REQUIRE(write_gzip(path, text()));
  const std::string good = read_file(path).value_or("");
  for (const size_t size : {good.size() - 1, good.size() - 8, good.size() / 2, size_t{30}}) {
    CAPTURE(size);
    std::ofstream(path) << good.substr(0, size);
    CHECK(error(read_gzip(path)) == "cannot read " + path + ": it was cut short");
  }
  std::string damaged = good;
  damaged[damaged.size() - 6] ^= 1; // in the checksum
  std::ofstream(path) << damaged;
  CHECK(error(read_gzip(path)) == "cannot read " + path + ": it is damaged");
}

TEST_CASE("a file that holds more than any image is not read") {
  const Folder folder;
  const std::string path = folder / "image.gz";
  REQUIRE(write_gzip(path, std::string(70u << 20, '0')));
  CHECK(error(read_gzip(path)) == "cannot read " + path + ": it holds more than 64 MiB");
}

TEST_CASE("what cannot be read or written is said") {
  const Folder folder;
  CHECK(error(read_gzip(folder / "no")) == "cannot read " + folder.path + "/no: No such file or directory");
  CHECK(error(read_gzip(folder.path)) == "cannot read " + folder.path + ": Is a directory");
  CHECK(error(write_gzip("/dev/full", text())) == "cannot write /dev/full: No space left on device");
  CHECK(error(write_gzip(folder / "no/i.gz", text())) ==
        "cannot write " + folder.path + "/no/i.gz: No such file or directory");
}
