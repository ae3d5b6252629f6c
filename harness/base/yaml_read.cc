// yaml-cpp's event interface rather than its nodes: the nodes let the last of two equal keys win,
// give an alias the place of its anchor, and grow without bound under aliases of aliases.
#include "harness/base/yaml_read.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/text.h"
#include "harness/base/yaml_scalar.h"

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

class Builder final : public YAML::EventHandler {
 public:
  Builder(Document& document, Syntax syntax, Problems& problems)
      : document_(document),
        go_(syntax == Syntax::GoYaml),
        problems_(problems),
        nodes_(document.tree.nodes()) {}

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
      if (!go_)
        report(at, "a key is missing or null", "quote the key if it is the word `null` or `~`");
      take_key({}, at, Open::Member::Nameless);
      return;
    }
    Node& node = add(Kind::Null, at, anchor);
    node.text = "null";
    node.quoted = false;
    done();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t at = offset(mark);
    const auto found = anchors_.find(anchor);
    if (wants_key()) {
      const bool scalar =
          go_ && found != anchors_.end() && Value{&nodes_[found->second]}.is_scalar();
      if (!scalar) report(at, "an alias as a key", "write the key out");
      take_key(scalar ? document_.spelling(Value{&nodes_[found->second]}) : std::string_view{}, at);
      return;
    }
    if (found == anchors_.end() || nodes_[found->second].span == 0) {
      report(at, "an alias inside the value it stands for", "it would never end");
      throw Stop{};
    }
    const std::uint32_t from = found->second;
    const std::uint32_t span = nodes_[from].span;
    check_budget(span, at);
    check_depth(from, at);
    begin_member();
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
    const bool quoted = go_ ? is_quoted(tag, at) : tag == "!";
    if (!go_) check_tag(tag, at);
    if (quoted) check_closed(at);
    if (wants_key()) {
      const bool merge = !quoted && value == "<<";
      if (merge && !go_) report(at, "a merge key `<<`", "write the members out");
      take_key(document_.tree.keep_text(value), at,
               merge ? Open::Member::Merged : Open::Member::Plain);
      return;
    }
    Node& node = add(Kind::String, at, anchor);
    node.quoted = quoted;
    if (go_ && is_tagged(tag)) {
      set_tagged(node, tag, value);
    } else if (quoted) {
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
    // A member that does not stay as it is: `<<`, and one whose key is null.
    enum class Member : std::uint8_t { Plain, Merged, Nameless };

    std::uint32_t node;
    bool block = false;    // not written in brackets
    bool has_key = false;  // of an object: the key was read, the value comes next
    std::string_view key;
    std::uint32_t key_offset = 0;
    Member member = Member::Plain;                      // the one under way
    std::vector<std::pair<std::uint32_t, Member>> odd;  // those that are no plain ones
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
  void take_key(std::string_view key, std::uint32_t at, Open::Member member = Open::Member::Plain) {
    open_.back().has_key = true;
    open_.back().member = member;
    open_.back().key = key;
    open_.back().key_offset = at;
  }
  void set_key(Node& node) {
    node.key = open_.empty() ? std::string_view{} : open_.back().key;
    node.key_offset = open_.empty() ? 0 : open_.back().key_offset;
  }
  void begin_member() {
    if (open_.empty()) return;
    Open& parent = open_.back();
    ++nodes_[parent.node].size;
    if (parent.member == Open::Member::Plain) return;
    parent.odd.emplace_back(static_cast<std::uint32_t>(nodes_.size()), parent.member);
    parent.member = Open::Member::Plain;
  }

  // "?" is yaml-cpp's word for a plain scalar or a collection, "!" for a quoted one or the tag `!`.
  void check_tag(const std::string& tag, std::uint32_t at) {
    if (tag.empty() || tag == "?") return;
    if (tag == "!" && !std::string_view(document_.source).substr(at).starts_with('!')) return;
    report(at, "a YAML tag " + base::quoted(tag), "quote the value to make it text");
  }
  static bool is_tagged(std::string_view tag) { return !tag.empty() && tag != "?" && tag != "!"; }
  // Is the scalar at `at` written in quotes or as a block? Its mark is that of an anchor or tag
  // before it.
  bool is_quoted(std::string_view tag, std::uint32_t at) const {
    const std::string_view source = document_.source;
    if (tag != "!" && !is_tagged(tag)) return false;
    const std::size_t text = behind_properties(at);
    return text < source.size() &&
           std::string_view("\"'|>").find(source[text]) != std::string::npos;
  }
  // Where a value starts whose mark is at `at`: behind its anchor and its tag.
  std::size_t behind_properties(std::size_t at) const {
    const std::string_view source = document_.source;
    while (at < source.size() && (source[at] == '&' || source[at] == '!')) {
      at = source.find_first_of(" \t\r\n", at);
      at = source.find_first_not_of(" \t\r\n", at);
    }
    return at;
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
    std::size_t i = behind_properties(at);
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
    begin_member();
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
      set_read(node, Kind::Bool, "true", value);
    } else if (is_one_of(value, {"false", "False", "FALSE"})) {
      set_read(node, Kind::Bool, "false", value);
    } else if (go_) {
      const bool number = read_go_number(value, lexeme);
      set_read(node, number ? Kind::Number : Kind::String, number ? lexeme : value, value);
    } else {
      switch (read_core_number(value, lexeme)) {
        case Numeric::No: node.text = document_.tree.keep_text(value); break;
        case Numeric::Yes: set_read(node, Kind::Number, lexeme, value); break;
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

  // A scalar whose text is not the way it is written keeps both.
  void set_read(Node& node, Kind kind, std::string_view text, std::string_view spelling) {
    node.kind = kind;
    node.text = document_.tree.keep_text(text);
    if (text == spelling) return;
    document_.spellings.emplace(node.text.data(), document_.tree.keep_text(spelling));
  }

  // yaml.v3: a tag of YAML's own has to fit the text, any other makes it text.
  void set_tagged(Node& node, std::string_view tag, const std::string& value) {
    constexpr std::string_view kOwn = "tag:yaml.org,2002:";
    const std::string_view name = tag.starts_with(kOwn) ? tag.substr(kOwn.size()) : "";
    node.text = document_.tree.keep_text(value);
    node.quoted = true;
    if (!is_one_of(name, {"int", "float", "bool", "null", "timestamp"})) return;
    node.quoted = false;
    bool fits = false;
    if (name == "null") {
      fits = is_one_of(value, {"", "~", "null", "Null", "NULL"});
      node.kind = Kind::Null;
      node.text = "null";
    } else {
      set_plain(node, value);
      const bool point = node.text.find_first_of(".eEyN") != std::string_view::npos;
      fits = name == "bool"        ? node.kind == Kind::Bool
             : name == "timestamp" ? go_timestamp(value).has_value()
                                   : node.kind == Kind::Number && (name == "float" || !point);
    }
    if (!fits) {
      report(node.offset, base::quoted(value) + " is no " + std::string(name),
             "take the tag out, or quote the value to make it text");
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
    if (!go_) check_tag(tag, at);
    if (open_.size() >= kDepth) too_deep(at);
    add(kind, at, anchor).span = 0;  // marks it as unfinished
    open_.push_back({.node = static_cast<std::uint32_t>(nodes_.size() - 1),
                     .block = style == YAML::EmitterStyle::Block});
  }

  void close() {
    const std::uint32_t index = open_.back().node;
    nodes_[index].span = static_cast<std::uint32_t>(nodes_.size()) - index;
    if (nodes_[index].kind == Kind::Object) check_duplicates(Value{&nodes_[index]});
    const auto odd = std::move(open_.back().odd);
    open_.pop_back();
    if (!odd.empty()) resolve_odd(index, odd);
    done();
  }

  // yaml.v3: a member whose key is null is not there; `<<` gives the members of a mapping, or of a
  // list of them, that are not written out, the first of each name.
  void resolve_odd(std::uint32_t object,
                   const std::vector<std::pair<std::uint32_t, Open::Member>>& odd) {
    std::vector<Node> members;
    std::unordered_map<std::uint32_t, std::uint32_t> moved;  // where an anchored node is now
    std::vector<std::uint32_t> sources;
    std::uint32_t count = 0;
    for (std::uint32_t at = object + 1; at < nodes_.size(); at += nodes_[at].span) {
      const auto found = std::ranges::find(odd, at, &std::pair<std::uint32_t, Open::Member>::first);
      if (found == odd.end()) {
        const auto to = static_cast<std::uint32_t>(object + 1 + members.size());
        for (std::uint32_t i = 0; i < nodes_[at].span; ++i) moved[at + i] = to + i;
        members.insert(members.end(), nodes_.begin() + at, nodes_.begin() + at + nodes_[at].span);
        ++count;
      } else if (found->second == Open::Member::Merged) {
        if (nodes_[at].kind == Kind::Object)
          sources.push_back(at);
        else if (nodes_[at].kind == Kind::List)
          for (const Value each : Value{&nodes_[at]})
            sources.push_back(static_cast<std::uint32_t>(each.node() - nodes_.data()));
        else
          sources.push_back(at);
      }
    }
    for (const std::uint32_t source : sources) {
      if (nodes_[source].kind != Kind::Object) {
        report(nodes_[source].offset, "a merge key `<<` needs a mapping, or a list of mappings");
        throw Stop{};
      }
      for (const Value member : Value{&nodes_[source]}) {
        bool there = false;
        for (std::size_t i = 0; i < members.size(); i += members[i].span)
          there = there || members[i].key == member.key();
        if (there) continue;
        check_budget(member.node()->span, nodes_[source].offset);
        members.insert(members.end(), member.node(), member.node() + member.node()->span);
        ++count;
      }
    }
    nodes_.resize(object + 1);
    nodes_.insert(nodes_.end(), members.begin(), members.end());
    nodes_[object].size = count;
    nodes_[object].span = static_cast<std::uint32_t>(members.size()) + 1;
    for (auto anchor = anchors_.begin(); anchor != anchors_.end();) {
      const auto to = moved.find(anchor->second);
      if (anchor->second <= object) {
        ++anchor;
      } else if (to != moved.end()) {
        (anchor++)->second = to->second;
      } else {
        anchor = anchors_.erase(anchor);
      }
    }
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
  const bool go_;
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

bool is_known_directive(std::string_view source, std::size_t at) {
  source.remove_prefix(at);
  return source.starts_with("%YAML 1.") || source.starts_with("%TAG ");
}

}  // namespace

Problems read_yaml(Document& document, Syntax syntax) {
  Problems problems;
  document.tree.clear();
  const bool go = syntax == Syntax::GoYaml;
  const std::size_t at = directive(document.source);
  if (at != std::string::npos && !(go && is_known_directive(document.source, at))) {
    return problem(document.path, position(document.source, static_cast<std::uint32_t>(at)),
                   "a YAML directive", "a line that starts with `%` is not read; remove it");
  }
  Builder builder(document, syntax, problems);
  try {
    View view(document.source);
    std::istream stream(&view);
    YAML::Parser parser(stream);
    // yaml.v3 reads the first document and looks no further.
    while (parser.HandleNextDocument(builder) && !go) {
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
