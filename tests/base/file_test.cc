#include "harness/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::base {
namespace {

namespace fs = std::filesystem;

std::string fresh_folder(const std::string& name) {
  const std::string folder = test::scratch_path("file_test/" + name);
  fs::remove_all(folder);
  return folder;
}

TEST_CASE("What is written is read, through new folders and over old content") {
  const std::string path = fresh_folder("write") + "/a/b/c.txt";
  REQUIRE(write_file(path, "one").has_value());
  CHECK(read_file(path).value() == "one");
  const std::string bytes("t\0wo\xff", 5);
  REQUIRE(write_file(path, bytes).has_value());
  CHECK(read_file(path).value() == bytes);
  CHECK(std::distance(fs::directory_iterator(fs::path(path).parent_path()), {}) == 1);
}

TEST_CASE("A link stays a link and a device a device") {
  const std::string folder = fresh_folder("link");
  REQUIRE(write_file(folder + "/real", "one").has_value());
  fs::create_symlink("real", folder + "/link");
  REQUIRE(write_file(folder + "/link", "two").has_value());
  CHECK(fs::is_symlink(folder + "/link"));
  CHECK(read_file(folder + "/real").value() == "two");
  REQUIRE(write_file("/dev/null", "x").has_value());
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("What cannot be read or written says why") {
  const std::string folder = fresh_folder("bad");
  fs::create_directories(folder);
  CHECK(to_string(read_file(folder + "/none").error()) == folder + "/none: no such file\n");
  CHECK(to_string(read_file(folder).error()) == folder + ": is a folder, not a file\n");
  CHECK(to_string(write_file(folder, "x").error()) == folder + ": is a folder, not a file\n");
  REQUIRE(write_file(folder + "/file", "x").has_value());
  CHECK(to_string(write_file(folder + "/file/below", "x").error())
            .find("its folder cannot be made") != std::string::npos);
  if (::geteuid() != 0) {  // root reads everything
    ::chmod((folder + "/file").c_str(), 0);
    CHECK(to_string(read_file(folder + "/file").error()) ==
          folder + "/file: cannot be read: Permission denied\n");
  }
}

TEST_CASE("A file over the limit is refused, also where its size is not known before") {
  const std::string path = fresh_folder("large") + "/x";
  REQUIRE(write_file(path, std::string(100, 'x')).has_value());
  CHECK(read_file(path, 100).has_value());
  CHECK(read_file(path, 99).has_error());
  CHECK(to_string(read_file("/dev/zero", 1u << 20).error()) ==
        "/dev/zero: is larger than 1 MiB (no policy or scenario needs that)\n");
}

TEST_CASE("A pipe is read to its end, and a silent one is given up") {
  const std::string folder = fresh_folder("pipe");
  fs::create_directories(folder);
  const std::string pipe = folder + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(to_string(read_file(pipe, 100, std::chrono::milliseconds(20)).error()) ==
        pipe + ": nothing came out of this pipe for 20ms (it needs a program that writes to it)\n");
  std::thread writer([&] {
    std::ofstream out(pipe);
    out << "one";
  });
  CHECK(read_file(pipe, 100, std::chrono::hours(1)).value() == "one");
  writer.join();
}

TEST_CASE("A check before writing agrees with writing, and changes nothing") {
  const std::string folder = fresh_folder("check");
  fs::create_directories(folder);
  REQUIRE(write_file(folder + "/file", "x").has_value());
  for (const std::string& path : {folder, folder + "/file/below", folder + "/file/below/deep"}) {
    CAPTURE(path);
    CHECK(check_writable(path).has_error());
    CHECK(write_file(path, "y").has_error());
  }
  for (const std::string& path : {folder + "/file", folder + "/new", folder + "/a/b/c",
                                  std::string("relative"), std::string("/dev/null")}) {
    CAPTURE(path);
    CHECK(check_writable(path).has_value());
  }
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
  if (::geteuid() != 0) {  // root writes everywhere
    ::chmod(folder.c_str(), 0500);
    CHECK(check_writable(folder + "/new").has_error());
    ::chmod(folder.c_str(), 0700);
  }
}

}  // namespace
}  // namespace gatecrash::base
