#include "harness/scenario/task_ids.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/base/seed.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {
namespace {

constexpr std::array<std::string_view, 32> kAdjectives = {
    "amber", "bold",  "brisk", "calm",  "clear", "crisp", "deft",  "eager",
    "early", "fair",  "fleet", "fond",  "frank", "glad",  "grand", "keen",
    "kind",  "light", "lucid", "merry", "mild",  "neat",  "noble", "plain",
    "proud", "quick", "quiet", "sharp", "swift", "vivid", "warm",  "wise"};
constexpr std::array<std::string_view, 32> kNouns = {
    "badger", "beaver", "bison",  "crane",  "curlew", "dingo", "eagle",  "egret",
    "falcon", "ferret", "finch",  "gecko",  "heron",  "ibex",  "jackal", "kestrel",
    "lemur",  "lynx",   "marten", "newt",   "osprey", "otter", "owl",    "panther",
    "plover", "raven",  "robin",  "salmon", "stoat",  "tapir", "viper",  "wren"};
constexpr std::uint64_t kNumbers = 999;

// The lowest `digits` hex digits of `bits`.
char* put_hex(std::uint64_t bits, int digits, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) *out++ = kDigits[(bits >> shift) & 15];
  return out;
}

// The pattern's first run of `#` is the number n+1 with at least that many digits.
void append_pattern(std::string_view pattern, std::uint32_t n, std::string& out) {
  const std::size_t begin = pattern.find('#');
  const std::size_t end = std::min(pattern.find_first_not_of('#', begin), pattern.size());
  char digits[16];
  const auto number = std::to_chars(digits, digits + sizeof digits, std::uint64_t{n} + 1);
  const auto length = static_cast<std::size_t>(number.ptr - digits);
  out += pattern.substr(0, begin);
  out.append(end - begin > length ? end - begin - length : 0, '0');
  out.append(digits, length);
  out += pattern.substr(end);
}

}  // namespace

bool is_task_id_form(std::string_view form) {
  return form == "uuid4" || form == "hex32" || form == "codename" ||
         form.find('#') != std::string_view::npos;
}

std::uint64_t task_id_salt(std::string_view name) {
  return base::Seed{0}.fork(name).next();
}

void append_task_id(std::string_view form, std::uint64_t salt, std::uint32_t n, std::string& out) {
  if (form == "codename") {
    // Steps through all names in an order that does not look like counting.
    constexpr std::uint64_t kNames = kAdjectives.size() * kNouns.size() * kNumbers;
    constexpr std::uint64_t kStride = 616'729;  // a prime that does not divide kNames
    static_assert(kNames % kStride != 0);
    const std::uint64_t at = (salt % kNames + n * kStride) % kNames;
    out += kAdjectives[at % kAdjectives.size()];
    out += '-';
    out += kNouns[at / kAdjectives.size() % kNouns.size()];
    out += '-';
    out += std::to_string(at / (kAdjectives.size() * kNouns.size()) + 1);
    return;
  }
  if (form != "uuid4" && form != "hex32") {
    append_pattern(form, n, out);
    return;
  }
  const std::uint64_t high = base::Seed::mix(salt + 2 * std::uint64_t{n} + 1);
  const std::uint64_t low = base::Seed::mix(~salt + 2 * std::uint64_t{n} + 2);
  char id[36];
  char* at = id;
  if (form == "hex32") {
    at = put_hex(high, 16, at);
    at = put_hex(low, 16, at);
    out.append(id, 32);
    return;
  }
  at = put_hex(high >> 32, 8, at);
  *at++ = '-';
  at = put_hex(high >> 16, 4, at);
  *at++ = '-';
  *at++ = '4';  // version
  at = put_hex(high, 3, at);
  *at++ = '-';
  at = put_hex(8 | (low >> 62), 1, at);  // variant
  at = put_hex(low >> 48, 3, at);
  *at++ = '-';
  put_hex(low, 12, at);
  out.append(id, sizeof id);
}

std::string task_id(const Target& target, std::uint32_t n) {
  if (n < target.named_tasks.size()) return target.named_tasks[n].id;
  std::string id;
  append_task_id(target.task_ids, task_id_salt(target.mock), n, id);
  return id;
}

}  // namespace gatecrash::scenario
