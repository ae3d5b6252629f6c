#include "harness/scenario/substitution.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/scenario/traits.h"

namespace gatecrash::scenario {
namespace {

constexpr std::string_view kCanaryPrefix = "canary.";
constexpr std::string_view kHexPrefix = "hex.";
constexpr std::string_view kAs = " as ";
constexpr std::int64_t kMaxListed = 100'000;

void append_escaped(std::string_view text, std::string& out) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; });
  if (plain) {
    out += text;
    return;
  }
  std::string quoted;
  base::write_json_string(text, quoted);
  out.append(quoted, 1, quoted.size() - 2);
}

void append_literal(std::string_view text, Template& out) {
  if (text.empty()) return;
  if (out.pieces.empty() || out.pieces.back().kind != Piece::Kind::Literal)
    out.pieces.emplace_back();
  out.pieces.back().text += text;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// `task[…]` -> what is in the brackets.
bool indexed(std::string_view content, std::string_view name, std::string_view& index) {
  if (!content.starts_with(name) || !content.ends_with(']')) return false;
  index = content.substr(name.size());
  if (!index.starts_with('[')) return false;
  index = index.substr(1, index.size() - 2);
  return true;
}

bool evaluate(const Sum& sum, const std::vector<std::int64_t>& counters, std::int64_t& result) {
  result = 0;
  for (const Sum::Product& product : sum.products) {
    std::int64_t value = product.factor;
    for (const std::uint8_t depth : product.counters) {
      if (__builtin_mul_overflow(value, counters[depth], &value)) return false;
    }
    if (__builtin_add_overflow(result, value, &result)) return false;
  }
  return true;
}

bool fail(const Piece& piece, Environment& environment, std::string message,
          std::string hint = {}) {
  base::Problem problem =
      base::problem(environment.file, piece.at, std::move(message), std::move(hint));
  if (environment.problems.empty() || environment.problems.back() != problem) {
    environment.problems.push_back(std::move(problem));
  }
  return false;
}

const TaskSpec* find_task(const Piece& piece, std::int64_t index, Environment& environment) {
  const auto count = static_cast<std::int64_t>(environment.tasks.size());
  if (index >= 0 && index < count) return &environment.tasks[static_cast<std::size_t>(index)];
  fail(piece, environment,
       "there is no task " + std::to_string(index) + " in the world of target " +
           base::quoted(environment.target.id),
       "it has " + std::to_string(count) + "; `world: {tasks: N}` asks for more");
  return nullptr;
}

bool render_trait(const Piece& piece, Environment& environment, bool escape, std::string& out) {
  const std::string*& value = environment.resolved[piece.name];
  if (value == nullptr) {
    const std::string& name = environment.names[piece.name];
    const auto at = environment.target.traits.find(name);
    if (at == environment.target.traits.end()) {
      return fail(
          piece, environment,
          "target " + base::quoted(environment.target.id) + " has no trait " + base::quoted(name),
          "ask for it in `fits` or `when`");
    }
    value = &at->second;
  }
  std::string spelled;
  if (piece.spelling != nullptr) {
    spelled = piece.spelling->spell(*value);
    if (spelled == *value) {
      return fail(
          piece, environment,
          base::quoted(*value) + " is spelled the same as " + base::quoted(piece.spelling->name));
    }
  }
  const std::string& text = piece.spelling != nullptr ? spelled : *value;
  if (escape) {
    append_escaped(text, out);
  } else {
    out += text;
  }
  return true;
}

bool render_number(const Piece& piece, Environment& environment, std::string& out) {
  std::int64_t number = 0;
  if (!evaluate(piece.first, environment.counters, number)) {
    return fail(piece, environment, "the number is too large");
  }
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  return true;
}

bool render_task(const Piece& piece, Environment& environment, bool escape, std::string& out) {
  std::int64_t index = 0;
  if (!evaluate(piece.first, environment.counters, index)) {
    return fail(piece, environment, "the number of the task is too large");
  }
  const TaskSpec* task = find_task(piece, index, environment);
  if (task == nullptr) return false;
  if (escape) {
    append_escaped(task->id, out);
  } else {
    out += task->id;
  }
  return true;
}

bool render_tasks(const Piece& piece, Environment& environment, std::string& out) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  if (!evaluate(piece.first, environment.counters, first) ||
      !evaluate(piece.last, environment.counters, last)) {
    return fail(piece, environment, "the number of the task is too large");
  }
  if (last < first || last - first >= kMaxListed) {
    return fail(piece, environment,
                "`tasks[" + std::to_string(first) + ".." + std::to_string(last) +
                    "]` is no list of 1 to 100000 tasks");
  }
  out += '[';
  for (std::int64_t i = first; i <= last; ++i) {
    const TaskSpec* task = find_task(piece, i, environment);
    if (task == nullptr) return false;
    if (i != first) out += ',';
    base::write_json_string(task->id, out);
  }
  out += ']';
  return true;
}

bool render_each(const Piece& piece, Environment& environment, bool escape, std::string& out) {
  const EachValue& value = *environment.each[piece.depth];
  if (piece.bare) return render(value.json, environment, out);
  if (!escape) return render(value.text, environment, out);
  std::string text;
  if (!render(value.text, environment, text)) return false;
  append_escaped(text, out);
  return true;
}

}  // namespace

bool render(const Template& the_template, Environment& environment, std::string& out) {
  const bool escape = the_template.escape;
  for (const Piece& piece : the_template.pieces) {
    switch (piece.kind) {
      case Piece::Kind::Literal: out += piece.text; break;
      case Piece::Kind::Trait:
        if (!render_trait(piece, environment, escape, out)) return false;
        break;
      case Piece::Kind::Number:
        if (!render_number(piece, environment, out)) return false;
        break;
      case Piece::Kind::Task:
        if (!render_task(piece, environment, escape, out)) return false;
        break;
      case Piece::Kind::Tasks:
        if (!render_tasks(piece, environment, out)) return false;
        break;
      case Piece::Kind::Each:
        if (!render_each(piece, environment, escape, out)) return false;
        break;
    }
  }
  return true;
}

bool TemplateCompiler::fail(base::SourcePos at, std::string message, std::string hint) {
  reader_.problems.push_back(
      base::problem(reader_.document.path, at, std::move(message), std::move(hint)));
  return false;
}

bool TemplateCompiler::find_canary(std::string_view name, base::SourcePos at, Piece& piece) {
  const auto found = std::ranges::find(canaries_, name, &Canary::name);
  if (found != canaries_.end()) {
    piece.text = found->text;
    return true;
  }
  std::vector<std::string_view> known;
  for (const Canary& each : canaries_) known.push_back(each.name);
  return fail(
      at, "there is no canary " + base::quoted(name),
      known.empty() ? "`canaries: {name: text}` in this file" : base::did_you_mean(name, known));
}

bool TemplateCompiler::parse_sum(std::string_view text, base::SourcePos at, const Scope& scope,
                                 Sum& sum) {
  std::int64_t sign = 1;
  while (true) {
    const std::size_t end = std::min(text.find_first_of("+-"), text.size());
    Sum::Product product{.factor = sign};
    for (const std::string_view part : base::split(text.substr(0, end), '*')) {
      const std::string_view factor = trim(part);
      std::int64_t number = 0;
      const auto [stop, error] =
          std::from_chars(factor.data(), factor.data() + factor.size(), number);
      if (error == std::errc{} && stop == factor.data() + factor.size()) {
        if (__builtin_mul_overflow(product.factor, number, &product.factor)) {
          return fail(at, "the number " + base::quoted(factor) + " is too large");
        }
        continue;
      }
      const auto counter = std::find(scope.counters.rbegin(), scope.counters.rend(), factor);
      if (counter == scope.counters.rend()) {
        const std::vector<std::string_view> known(scope.counters.begin(), scope.counters.end());
        return fail(
            at, base::quoted(factor) + " is neither a number nor a counter",
            known.empty() ? "there is no `repeat` around it" : base::did_you_mean(factor, known));
      }
      product.counters.push_back(static_cast<std::uint8_t>(scope.counters.rend() - counter - 1));
    }
    sum.products.push_back(std::move(product));
    if (end == text.size()) return true;
    sign = text[end] == '-' ? -1 : 1;
    text.remove_prefix(end + 1);
  }
}

bool TemplateCompiler::parse_slot(base::Value value, std::string_view content, base::SourcePos at,
                                  bool whole, Mode mode, const Scope& scope, Piece& piece) {
  piece.at = at;
  content = trim(content);
  std::string_view index;
  if (content == "each") {
    if (scope.each.empty()) return fail(at, "`${each}` stands outside of every `each`");
    piece.kind = Piece::Kind::Each;
    piece.depth = static_cast<std::uint8_t>(scope.each.size() - 1);
    piece.bare = whole;
    const auto& values = *scope.each.back();
    if (!whole && !std::ranges::all_of(values, &EachValue::has_text)) {
      return fail(at, "`${each}` stands inside text, but not all its values are text");
    }
    return true;
  }
  if (content.starts_with(kCanaryPrefix))
    return find_canary(content.substr(kCanaryPrefix.size()), at, piece);
  if (content.starts_with(kHexPrefix))
    return parse_bytes(content.substr(kHexPrefix.size()), at, mode, piece);
  if (indexed(content, "task", index)) {
    piece.kind = Piece::Kind::Task;
    return parse_sum(index, at, scope, piece.first);
  }
  if (indexed(content, "tasks", index)) {
    piece.kind = Piece::Kind::Tasks;
    if (!whole) return fail(at, "a list of tasks has to be the whole value");
    const std::size_t dots = index.find("..");
    if (dots == std::string_view::npos) {
      return fail(at, "a list of tasks is written `${tasks[first..last]}`");
    }
    return parse_sum(index.substr(0, dots), at, scope, piece.first) &&
           parse_sum(index.substr(dots + 2), at, scope, piece.last);
  }
  if (const std::string_view name = content.substr(0, content.find(kAs));
      find_trait(name) != nullptr || is_own_trait(name)) {
    return parse_trait(content, at, piece);
  }
  const bool is_sum = content.find_first_of("0123456789+-*") != std::string_view::npos ||
                      std::ranges::find(scope.counters, content) != scope.counters.end();
  if (is_sum && content.find('.') == std::string_view::npos) {
    piece.kind = Piece::Kind::Number;
    return parse_sum(content, at, scope, piece.first);
  }
  std::vector<std::string_view> known(scope.counters.begin(), scope.counters.end());
  for (const TraitEntry& trait : trait_table()) known.push_back(trait.name);
  for (const std::string_view name : {"each", "task[n]", "tasks[0..n]"}) known.push_back(name);
  (void)value;
  return fail(at, "unknown name " + base::quoted("${" + std::string(content) + "}"),
              base::closest(content, known).empty()
                  ? "a trait of the target, `n`, `task[n]`, `tasks[a..b]` or `each`"
                  : base::did_you_mean(content, known));
}

bool TemplateCompiler::parse_trait(std::string_view content, base::SourcePos at, Piece& piece) {
  const std::size_t as = content.find(kAs);
  const std::string_view trait = content.substr(0, as);
  piece.kind = Piece::Kind::Trait;
  auto name = std::ranges::find(names_, trait);
  if (name == names_.end()) name = names_.insert(name, std::string(trait));
  piece.name = static_cast<std::uint32_t>(name - names_.begin());
  if (as == std::string_view::npos) return true;
  const std::string_view spelling = trim(content.substr(as + kAs.size()));
  piece.spelling = find_spelling(spelling);
  if (piece.spelling != nullptr) return true;
  std::vector<std::string_view> known;
  for (const Spelling& each : spellings()) known.push_back(each.name);
  return fail(at, "unknown spelling " + base::quoted(spelling),
              base::did_you_mean(spelling, known));
}

bool TemplateCompiler::parse_bytes(std::string_view digits, base::SourcePos at, Mode mode,
                                   Piece& piece) {
  if (mode != Mode::Raw) return fail(at, "bytes by hex stand in `raw` only");
  piece.bare = true;
  bool good = !digits.empty() && digits.size() % 2 == 0;
  for (std::size_t i = 0; good && i < digits.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(&digits[i], &digits[i] + 2, byte, 16);
    good = error == std::errc{} && end == &digits[i] + 2;
    piece.text += static_cast<char>(byte);
  }
  if (good) return true;
  return fail(at, base::quoted(digits) + " are no bytes", "two hex digits each: `${hex.efbbbf}`");
}

void TemplateCompiler::add_text(base::Value value, std::string_view text, bool key, Mode mode,
                                const Scope& scope, Template& out) {
  // Where the text really stands in the file, so that a problem can point at the very name.
  const std::string_view source = reader_.document.source;
  const std::uint32_t begin = key ? value.key_offset() : value.offset();
  std::string_view window = source.substr(begin, 2 * text.size() + 64);
  std::uint32_t passed = 0;

  const bool alone =
      mode == Mode::Json && !key && text.starts_with("${") && text.find('}') == text.size() - 1;
  std::string literal;
  std::vector<Piece> pieces;
  const auto flush = [&] {
    if (literal.empty()) return;
    pieces.push_back({.kind = Piece::Kind::Literal, .text = std::move(literal)});
    literal.clear();
  };
  bool bare = false;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) {
      literal += text;
      break;
    }
    if (dollar > 0 && text[dollar - 1] == '$') {
      reader_.substituted.insert(begin);
      literal += text.substr(0, dollar - 1);
      literal += "${";
      text.remove_prefix(dollar + 2);
      continue;
    }
    literal += text.substr(0, dollar);
    reader_.substituted.insert(begin);
    const std::size_t close = text.find('}', dollar);
    const std::string_view slot = text.substr(
        dollar, close == std::string_view::npos ? std::string_view::npos : close - dollar + 1);
    const std::size_t found = window.find(slot, passed);
    if (found != std::string_view::npos) passed = static_cast<std::uint32_t>(found + slot.size());
    const base::SourcePos at = base::position(
        source, begin + static_cast<std::uint32_t>(found == std::string_view::npos ? 0 : found));
    if (close == std::string_view::npos) {
      fail(at, "`${` without its `}`", "`$${` is a plain `${`");
      break;
    }
    flush();
    Piece piece;
    if (parse_slot(value, slot.substr(2, slot.size() - 3), at, alone, mode, scope, piece)) {
      // A canary is known by now. Raw bytes are as written, but what is put into them is escaped.
      if (piece.kind == Piece::Kind::Literal && mode == Mode::Raw && !piece.bare) {
        std::string escaped;
        append_escaped(piece.text, escaped);
        piece.text = std::move(escaped);
      }
      bare = alone && (piece.kind == Piece::Kind::Number || piece.kind == Piece::Kind::Tasks ||
                       piece.kind == Piece::Kind::Each);
      pieces.push_back(std::move(piece));
    }
    text.remove_prefix(close + 1);
  }
  flush();
  const bool quotes = mode == Mode::Json && !bare;
  if (quotes) append_literal("\"", out);
  for (Piece& piece : pieces) {
    if (piece.kind != Piece::Kind::Literal) {
      out.pieces.push_back(std::move(piece));
    } else if (mode == Mode::Json) {
      std::string escaped;
      append_escaped(piece.text, escaped);
      append_literal(escaped, out);
    } else {
      append_literal(piece.text, out);
    }
  }
  if (quotes) append_literal("\"", out);
}

void TemplateCompiler::add_json(base::Value value, const Scope& scope, Template& out) {
  if (value.is_string()) {
    add_text(value, value.text(), false, Mode::Json, scope, out);
    return;
  }
  if (!value.is_list() && !value.is_object()) {
    std::string text;
    base::write_json(value, text);
    append_literal(text, out);
    return;
  }
  append_literal(value.is_list() ? "[" : "{", out);
  bool first = true;
  for (const base::Value each : value) {
    if (!first) append_literal(",", out);
    first = false;
    if (value.is_object()) {
      add_text(each, each.key(), true, Mode::Json, scope, out);
      append_literal(":", out);
    }
    add_json(each, scope, out);
  }
  append_literal(value.is_list() ? "]" : "}", out);
}

Template TemplateCompiler::text(base::Value value, const Scope& scope) {
  Template out;
  add_text(value, value.text(), false, Mode::Text, scope, out);
  return out;
}

Template TemplateCompiler::json(base::Value value, const Scope& scope) {
  Template out{.escape = true};
  add_json(value, scope, out);
  return out;
}

Template TemplateCompiler::raw(base::Value value, std::string_view text, const Scope& scope) {
  Template out{.escape = true};
  add_text(value, text, false, Mode::Raw, scope, out);
  return out;
}

std::string with_canaries(Reader& reader, base::Value value, std::span<const Canary> canaries) {
  std::vector<std::string> traits;
  std::string out;
  for (const Piece& piece : TemplateCompiler(reader, traits, canaries).text(value, {}).pieces) {
    out += piece.text;
    if (piece.kind == Piece::Kind::Literal) continue;
    reader.problems.push_back(base::problem(reader.document.path, piece.at,
                                            "nothing but canaries is substituted here",
                                            "`${canary.NAME}`, or write the text out"));
  }
  return out;
}

namespace {

// Looks for texts and keys with a `${` that is not substituted.
class LiteralFinder {
 public:
  explicit LiteralFinder(const Reader& reader) : reader_(reader) {
    for (const base::Problem& each : reader.problems) wrong_.insert(each.at);
  }

  // `field` is the nearest key around the value.
  void look(base::Value value, std::string_view field) {
    if (value.is_string() && is_literal(value.text(), value.offset())) {
      const base::SourcePos at = reader_.document.place(value);
      if (has_wrong_key(value) && !wrong_.contains(at)) return;
      report(at, base::quoted(field) + " takes no `${…}`",
             field == "inline" ? "put the policy into a file of its own" : "write the text out");
    }
    if (!value.is_object() && !value.is_list()) return;
    around_.push_back(value);
    for (const base::Value each : value) {
      if (value.is_object() && is_literal(each.key(), each.key_offset())) {
        report(reader_.document.key_place(each),
               "a name in " + base::quoted(field) + " takes no `${…}`", "write the name out");
      }
      look(each, value.is_object() ? each.key() : field);
    }
    around_.pop_back();
  }

  base::Problems found;

 private:
  bool is_literal(std::string_view text, std::uint32_t offset) const {
    return text.find("${") != std::string_view::npos && !reader_.substituted.contains(offset);
  }

  bool has_wrong_key(base::Value value) const {
    return !wrong_.empty() && !value.key().empty() &&
           wrong_.contains(reader_.document.key_place(value));
  }

  // Where something around it is wrong, the text may have stayed unread for that reason.
  bool is_doubtful() const {
    return !wrong_.empty() && around_.size() > 1 &&
           std::any_of(around_.begin() + 1, around_.end(), [&](auto each) {
             return wrong_.contains(reader_.document.place(each)) || has_wrong_key(each);
           });
  }

  void report(base::SourcePos at, std::string message, std::string hint) {
    if (is_doubtful()) return;
    found.push_back(base::problem(reader_.document.path, at, std::move(message), std::move(hint)));
  }

  const Reader& reader_;
  std::set<base::SourcePos> wrong_;
  std::vector<base::Value> around_;  // the mappings and lists, outermost first
};

}  // namespace

void refuse_literals(Reader& reader) {
  LiteralFinder finder(reader);
  finder.look(reader.document.tree.root(), "the file");
  for (base::Problem& problem : finder.found) {
    std::erase_if(reader.problems, [&](const base::Problem& other) {
      return other.at == problem.at && other.file == problem.file;
    });
    reader.problems.push_back(std::move(problem));
  }
}

}  // namespace gatecrash::scenario
