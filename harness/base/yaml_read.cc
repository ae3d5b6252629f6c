// yaml-cpp's event interface rather than its nodes: the nodes let the last of two equal keys win,
// give an alias the place of its anchor, and grow without bound under aliases of aliases.
#include "harness/base/yaml_read.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <vector>

#include "harness/base/text.h"

namespace gatecrash::base {
namespace {

constexpr std::size_t kDepth = 64;
constexpr std::size_t kNodes = std::size_t{1} << 20;

// Ends the parse; the problem is already in the list.
struct Stop {};

// yaml-cpp reads streams only; this one gives it our bytes without a copy.
class View : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* const begin =
        const_cast<char*>(text.data());  // NOLINT: setg takes no const, we only read
    setg(begin, begin, begin + text.size());
  }
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool all_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

// What the 1.2 core schema calls an integer or a float, as a JSON lexeme in `lexeme`.
enum class Numeric { No, Yes, Ambiguous, NotFinite };

Numeric read_number(std::string_view text, std::string& lexeme) {
  std::string_view rest = text;
  bool negative = false;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (is_one_of(rest, {".inf", ".Inf", ".INF"})) return Numeric::NotFinite;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return Numeric::NotFinite;
  if (rest.size() == text.size() && (rest.starts_with("0x") || rest.starts_with("0o"))) {
    const int base = rest[1] == 'x' ? 16 : 8;
    rest.remove_prefix(2);
    if (!all_of(rest, base == 16 ? "0123456789abcdefABCDEF" : "01234567")) return Numeric::No;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (error != std::errc{}) return Numeric::Ambiguous;
    lexeme = std::to_string(value);
    return Numeric::Yes;
  }
  const std::string_view whole = rest.substr(0, rest.find_first_not_of(kDigits));
  rest.remove_prefix(whole.size());
  std::string_view fraction;
  const bool point = rest.starts_with('.');
  if (point) {
    rest.remove_prefix(1);
    fraction = rest.substr(0, rest.find_first_not_of(kDigits));
    rest.remove_prefix(fraction.size());
  }
  if (whole.empty() && fraction.empty()) return Numeric::No;
  if (!rest.empty()) {
    if (rest.front() != 'e' && rest.front() != 'E') return Numeric::No;
    std::string_view exponent = rest.substr(1);
    if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!all_of(exponent, kDigits)) return Numeric::No;
  }
  // 010 is eight to YAML 1.1 readers, some of which guard real systems, and ten to 1.2 ones.
  if (whole.size() > 1 && whole.front() == '0') return Numeric::Ambiguous;
  lexeme = negative ? "-" : "";
  lexeme += whole.empty() ? "0" : whole;
  if (point) {
    lexeme += '.';
    lexeme += fraction.empty() ? "0" : fraction;
  }
  lexeme += rest;
  return Numeric::Yes;
}

class Builder final : public YAML::EventHandler {
 public:
  Builder(Document& document, Problems& problems)
      : document_(document), problems_(problems), nodes_(document.tree.nodes()) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      report(offset(mark), "a second YAML document, or text behind the end of the first",
             "one file holds one document");
      throw Stop{};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t at = place_of_null(offset(mark));
    check_colon(offset(mark));
    if (wants_key()) {
      report(at, "a key is missing or null", "quote the key if it is the word `null` or `~`");
      take_key({}, at);
      return;
    }
    Node& node = add(Kind::Null, at, anchor);
    node.text = "null";
    node.quoted = false;
    done();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t at = offset(mark);
    if (wants_key()) {
      report(at, "an alias as a key", "write the key out");
      take_key({}, at);
      return;
    }
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || nodes_[found->second].span == 0) {
      report(at, "an alias inside the value it stands for", "it would never end");
      throw Stop{};
    }
    const std::uint32_t from = found->second;
    const std::uint32_t span = nodes_[from].span;
    check_budget(span, at);
    check_depth(from, at);
    count_child();
    // Inner nodes keep the place where they are written; the alias itself stands here.
    const auto copy = static_cast<std::uint32_t>(nodes_.size());
    nodes_.resize(nodes_.size() + span);
    std::copy_n(nodes_.begin() + from, span, nodes_.begin() + copy);
    nodes_[copy].offset = at;
    set_key(nodes_[copy]);
    done();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::uint32_t at = offset(mark);
    const bool quoted = tag == "!";
    check_tag(tag, at);
    if (quoted) check_closed(at);
    if (wants_key()) {
      if (!quoted && value == "<<") {
        report(at, "a merge key `<<`", "write the members out");
      }
      take_key(document_.tree.keep_text(value), at);
      return;
    }
    Node& node = add(Kind::String, at, anchor);
    node.quoted = quoted;
    if (quoted) {
      node.text = document_.tree.keep_text(value);
    } else {
      set_plain(node, value);
    }
    done();
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Kind::List, offset(mark), tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Kind::Object, offset(mark), tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    std::uint32_t node;
    bool block = false;    // not written in brackets
    bool has_key = false;  // of an object: the key was read, the value comes next
    std::string_view key;
    std::uint32_t key_offset = 0;
  };

  static std::uint32_t offset(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<std::uint32_t>(mark.pos);
  }

  void report(std::uint32_t at, std::string message, std::string hint = {}) {
    problems_.push_back(problem(document_.path, position(document_.source, at), std::move(message),
                                std::move(hint)));
    constexpr std::size_t kEnough = 100;
    if (problems_.size() >= kEnough) throw Stop{};
  }

  // yaml-cpp places an empty value at the next token, often lines below; we say where it is
  // missing.
  std::uint32_t place_of_null(std::uint32_t at) const {
    const std::string_view source = document_.source;
    const std::string_view here = source.substr(std::min<std::size_t>(at, source.size()));
    if (here.starts_with('~') || here.starts_with("null") || here.starts_with("Null") ||
        here.starts_with("NULL") || here.starts_with('&')) {
      return at;
    }
    if (!open_.empty() && open_.back().has_key) return open_.back().key_offset;
    std::uint32_t before = std::min(at, static_cast<std::uint32_t>(source.size()));
    while (before > 0 &&
           std::string_view(" \t\r\n").find(source[before - 1]) != std::string_view::npos)
      --before;
    return before > 0 ? before - 1 : at;
  }

  bool wants_key() const {
    return !open_.empty() && nodes_[open_.back().node].kind == Kind::Object &&
           !open_.back().has_key;
  }
  void take_key(std::string_view key, std::uint32_t at) {
    open_.back().has_key = true;
    open_.back().key = key;
    open_.back().key_offset = at;
  }
  void set_key(Node& node) {
    node.key = open_.empty() ? std::string_view{} : open_.back().key;
    node.key_offset = open_.empty() ? 0 : open_.back().key_offset;
  }
  void count_child() {
    if (!open_.empty()) ++nodes_[open_.back().node].size;
  }

  // "?" is yaml-cpp's word for a plain scalar or a collection, "!" for a quoted one or the tag `!`.
  void check_tag(const std::string& tag, std::uint32_t at) {
    if (tag.empty() || tag == "?") return;
    if (tag == "!" && !std::string_view(document_.source).substr(at).starts_with('!')) return;
    report(at, "a YAML tag " + base::quoted(tag), "quote the value to make it text");
  }
  // yaml-cpp takes a stray line of text in a block mapping for a key without a value.
  void check_colon(std::uint32_t at) {
    if (open_.empty() || !open_.back().has_key || !open_.back().block) return;
    const std::uint32_t start = open_.back().key_offset;
    std::string_view between = document_.source;
    between = between.substr(start, at > start ? at - start : 0);
    if (between.starts_with(open_.back().key)) {
      between.remove_prefix(open_.back().key.size());
      between = between.substr(0, between.find('\n'));
    }
    if (between.find(':') != std::string_view::npos) return;
    report(start, "text that is neither a key nor a value", "is a `:` missing?");
  }
  // yaml-cpp takes the end of the file for a closing quote when a line end stands before it.
  void check_closed(std::uint32_t at) {
    const std::string_view source = document_.source;
    std::size_t i = at;
    while (i < source.size() &&
           (source[i] == '&' || source[i] == '!')) {  // the mark is at the anchor
      i = source.find_first_of(" \t\r\n", i);
      i = source.find_first_not_of(" \t\r\n", i);
    }
    if (i >= source.size() || (source[i] != '"' && source[i] != '\'')) return;  // a block scalar
    const char quote = source[i];
    while (++i < source.size()) {
      if (quote == '"' && source[i] == '\\') {
        ++i;
      } else if (source[i] == quote) {
        if (quote == '"' || !source.substr(i + 1).starts_with(quote)) break;  // '' stands for '
        ++i;
      }
    }
    if (i < source.size()) return;
    report(at, "a quote that is never closed");
    throw Stop{};
  }
  void check_budget(std::size_t more, std::uint32_t at) {
    if (nodes_.size() + more <= kNodes) return;
    report(at, "more than " + std::to_string(kNodes) + " values once its aliases are written out",
           "an alias stands for everything behind its anchor");
    throw Stop{};
  }
  // Depth below an alias: a chain of aliases nests without any line of the file doing so.
  void check_depth(std::uint32_t root, std::uint32_t at) {
    std::vector<std::uint32_t> ends;
    for (std::uint32_t i = root; i < root + nodes_[root].span; ++i) {
      while (!ends.empty() && ends.back() <= i) ends.pop_back();
      if (nodes_[i].kind != Kind::Object && nodes_[i].kind != Kind::List) continue;
      ends.push_back(i + nodes_[i].span);
      if (open_.size() + ends.size() > kDepth) too_deep(at);
    }
  }
  [[noreturn]] void too_deep(std::uint32_t at) {
    report(at, "nested deeper than " + std::to_string(kDepth));
    throw Stop{};
  }

  Node& add(Kind kind, std::uint32_t at, YAML::anchor_t anchor) {
    check_budget(1, at);
    count_child();
    if (anchor != 0) anchors_[anchor] = static_cast<std::uint32_t>(nodes_.size());
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.offset = at;
    set_key(node);
    return node;
  }
  // A value is complete: its object wants a key again.
  void done() {
    if (!open_.empty()) open_.back().has_key = false;
  }

  void set_plain(Node& node, const std::string& value) {
    std::string lexeme;
    if (is_one_of(value, {"true", "True", "TRUE"})) {
      node.kind = Kind::Bool;
      node.text = "true";
    } else if (is_one_of(value, {"false", "False", "FALSE"})) {
      node.kind = Kind::Bool;
      node.text = "false";
    } else {
      switch (read_number(value, lexeme)) {
        case Numeric::No: node.text = document_.tree.keep_text(value); break;
        case Numeric::Yes:
          node.kind = Kind::Number;
          node.text = document_.tree.keep_text(lexeme);
          break;
        case Numeric::Ambiguous:
          report(node.offset,
                 base::quoted(value) + " is read as different numbers by different readers",
                 "write it in plain decimal, or quote it");
          break;
        case Numeric::NotFinite:
          report(node.offset, base::quoted(value) + " is no number here",
                 "quote it to make it text");
          break;
      }
    }
  }

  void open(Kind kind, std::uint32_t at, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (wants_key()) {
      // yaml-cpp takes an opening bracket without its end for a key.
      report(at, std::string(to_string(kind)) + " as a key, or one that is never closed",
             "keys are text");
      throw Stop{};
    }
    check_tag(tag, at);
    if (open_.size() >= kDepth) too_deep(at);
    add(kind, at, anchor).span = 0;  // marks it as unfinished
    open_.push_back({.node = static_cast<std::uint32_t>(nodes_.size() - 1),
                     .block = style == YAML::EmitterStyle::Block});
  }

  void close() {
    const std::uint32_t index = open_.back().node;
    open_.pop_back();
    nodes_[index].span = static_cast<std::uint32_t>(nodes_.size()) - index;
    if (nodes_[index].kind == Kind::Object) check_duplicates(Value{&nodes_[index]});
    done();
  }

  void check_duplicates(Value object) {
    std::vector<Value> members;
    members.reserve(object.size());
    for (const Value each : object) members.push_back(each);
    std::ranges::sort(members, [](Value left, Value right) {
      return left.key() != right.key() ? left.key() < right.key()
                                       : left.key_offset() < right.key_offset();
    });
    for (std::size_t i = 1; i < members.size(); ++i) {
      // An unusable key was reported when it was read.
      if (members[i].key() != members[i - 1].key() || members[i].key().empty()) continue;
      report(members[i].key_offset(), "duplicate key " + base::quoted(members[i].key()),
             "first on line " +
                 std::to_string(position(document_.source, members[i - 1].key_offset()).line));
    }
  }

  Document& document_;
  Problems& problems_;
  std::vector<Node>& nodes_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, std::uint32_t> anchors_;  // to the node
  int documents_ = 0;
};

// yaml-cpp's words for the mistakes people make most.
std::string hint_for(std::string_view message) {
  if (message.find("illegal map value") != std::string_view::npos) {
    return "text that holds `: ` has to be quoted";
  }
  if (message.find("illegal block entry") != std::string_view::npos ||
      message.find("tab") != std::string_view::npos) {
    return "indent with spaces, not tabs";
  }
  if (message.find("flow not found") != std::string_view::npos) return "check the brackets";
  if (message.find("end of map") != std::string_view::npos) return "check the indentation";
  if (message.find("end of sequence") != std::string_view::npos) return "check the indentation";
  if (message.find("EOF in scalar") != std::string_view::npos) return "a quote is never closed";
  if (message.find("unknown token") != std::string_view::npos) {
    return "text that starts with `@`, `%` or a backtick has to be quoted";
  }
  return {};
}

// Where a directive stands before the document. An unknown one would be dropped without a word, and
// a slip of the finger makes one of a first line.
std::size_t directive(std::string_view source) {
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view line = source.substr(at, end - at);
    if (line.starts_with('%')) return at;
    const std::size_t text = line.find_first_not_of(" \t\r");
    if (text != std::string_view::npos && line[text] != '#') break;
    at = end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

Problems read_yaml(Document& document) {
  Problems problems;
  document.tree.clear();
  if (const std::size_t at = directive(document.source); at != std::string::npos) {
    return problem(document.path, position(document.source, static_cast<std::uint32_t>(at)),
                   "a YAML directive", "a line that starts with `%` is not read; remove it");
  }
  Builder builder(document, problems);
  try {
    View view(document.source);
    std::istream stream(&view);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& error) {
    const auto at = error.mark.pos < 0 ? 0U : static_cast<std::uint32_t>(error.mark.pos);
    problems.push_back(problem(document.path, position(document.source, at),
                               "not well-formed YAML: " + error.msg, hint_for(error.msg)));
  }
  std::ranges::stable_sort(problems, {}, [](const Problem& each) { return each.at; });
  if (!problems.empty()) document.tree.clear();
  return problems;
}

}  // namespace gatecrash::base
