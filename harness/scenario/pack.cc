#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/scenario/body.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/scenario.h"

namespace gatecrash::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstKeys[] = {"replay", "target"};

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// Folders that hold other kinds of files, and expectation files.
bool is_other_kind(const fs::path& path) {
  if (path.filename().string().ends_with(".expected.yaml")) return true;
  return std::ranges::any_of(path.parent_path(), [](const fs::path& part) {
    return part == "policies" || part == "schema";
  });
}

class Loader {
 public:
  void add(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      add_folder(path);
    } else if (!fs::exists(path, error)) {
      problems_.push_back(base::problem(path, {}, "there is no such file or folder"));
    } else {
      add_file(path);
    }
  }

  base::Result<Pack> finish() {
    check_ids(pack_.attacks, "id");
    check_ids(pack_.targets, "target");
    if (!problems_.empty()) {
      sort_problems(problems_);
      return problems_;
    }
    std::ranges::sort(pack_.attacks, {}, [](const auto& attack) -> auto& { return attack->id; });
    std::ranges::sort(pack_.targets, {}, [](const auto& target) -> auto& { return target->id; });
    return std::move(pack_);
  }

 private:
  void add_folder(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
      const fs::path& file = at->path();
      if (!is_yaml(file) || is_other_kind(file.lexically_relative(path))) continue;
      files.push_back(file.string());
    }
    if (error) {
      problems_.push_back(base::problem(path, {}, "the folder cannot be read: " + error.message()));
      return;
    }
    if (files.empty()) {
      problems_.push_back(base::problem(path, {}, "the folder holds no scenario and no target"));
    }
    std::ranges::sort(files);
    for (const std::string& file : files) add_file(file);
  }

  void add_file(const std::string& path) {
    std::error_code error;
    // A pipe has no canonical name, and two of them are never the same file.
    const std::string name =
        fs::is_regular_file(path, error) ? fs::canonical(path, error).string() : path;
    if (!seen_.insert(error ? path : name).second) return;
    auto document = std::make_shared<base::Document>();
    if (auto loaded = base::load_document(path, *document); loaded.has_error()) {
      note(loaded.error());
      return;
    }
    const base::Value root = document->tree.root();
    const base::Value first = root.is_object() && root.size() > 0 ? root.at(0) : base::Value{};
    if (first.key() == "replay") {
      if (auto attack = read_attack(document); attack.has_error()) {
        note(attack.error());
      } else {
        pack_.attacks.push_back(std::move(*attack));
      }
    } else if (first.key() == "target") {
      if (auto target = read_target(std::move(document)); target.has_error()) {
        note(target.error());
      } else {
        pack_.targets.push_back(std::move(*target));
      }
    } else {
      report_first(*document, first);
    }
  }

  void report_first(const base::Document& document, base::Value first) {
    Reader reader{document, problems_};
    if (!first) {
      reader.report(document.tree.root(), "neither a scenario nor a target",
                    "the first key has to be `replay` or `target`");
      return;
    }
    const std::string_view near = base::closest(first.key(), kFirstKeys);
    reader.report_key(
        first, "neither a scenario nor a target: the first key is " + base::quoted(first.key()),
        near.empty() ? "it has to be `replay` or `target`"
                     : base::did_you_mean(first.key(), kFirstKeys));
  }

  void note(const base::Problems& problems) {
    problems_.insert(problems_.end(), problems.begin(), problems.end());
  }

  template <typename Item>
  void check_ids(const std::vector<std::shared_ptr<const Item>>& items, std::string_view key) {
    std::map<std::string_view, const Item*> first;
    for (const auto& item : items) {
      const auto [at, fresh] = first.emplace(item->id, item.get());
      if (fresh) continue;
      const base::SourcePos here = place(*item, key);
      const base::SourcePos there = place(*at->second, key);
      problems_.push_back(
          base::problem(item->path, here,
                        "a second " + std::string(key == "id" ? "scenario" : "target") + " " +
                            base::quoted(item->id),
                        "the first is at " + at->second->path + ":" + std::to_string(there.line) +
                            ":" + std::to_string(there.column)));
    }
  }

  template <typename Item>
  static base::SourcePos place(const Item& item, std::string_view key) {
    return item.document->place(item.document->tree.root().find(key));
  }

  Pack pack_;
  base::Problems problems_;
  std::set<std::string> seen_;
};

}  // namespace

base::Result<Pack> load_pack(std::span<const std::string> paths) {
  Loader loader;
  for (const std::string& path : paths) loader.add(path);
  return loader.finish();
}

}  // namespace gatecrash::scenario
