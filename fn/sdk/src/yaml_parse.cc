#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "utf8.h"
#include "xfn/yaml.h"
#include "yaml_scalar.h"

namespace xfn {
namespace {

using Type = YamlScalar::Type;

// Aliases let a short text stand for a huge value; real manifests stay far below this.
constexpr std::size_t kMaxNodes = 1'000'000;

[[noreturn]] void Fail(const YAML::Mark& mark, const std::string& why) { throw YAML::ParserException(mark, why); }

bool IsCoreTag(const std::string& tag, std::string_view name) {
  return tag == fmt::format("tag:yaml.org,2002:{}", name);
}

// ResolveTag gives a scalar the type that its tag names; "?" is no tag and no quotes, "!" is text.
Json ResolveTag(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == "!" || IsCoreTag(tag, "str")) return text;
  YamlScalar scalar = ResolveYamlScalar(text);
  const bool fits = tag == "?" || (IsCoreTag(tag, "int") && scalar.type == Type::kInt) ||
                    (IsCoreTag(tag, "float") && (scalar.type == Type::kFloat || scalar.type == Type::kInt)) ||
                    (IsCoreTag(tag, "bool") && scalar.type == Type::kBool) ||
                    (IsCoreTag(tag, "null") && scalar.type == Type::kNull);
  if (!fits) Fail(mark, fmt::format("the value cannot be a {}", tag));
  if (scalar.value.is_number_float() && !std::isfinite(scalar.value.get<double>()))
    Fail(mark, "the number is not finite");
  return std::move(scalar.value);
}

// RepairEscapes undoes an error of yaml-cpp, which turns \N and \_ into the last of their two bytes. Everything else in
// `text` is UTF-8, so such a byte stands out.
std::string RepairEscapes(std::string_view text) {
  std::string repaired;
  while (true) {
    const std::size_t prefix = Utf8Prefix(text);
    repaired += text.substr(0, prefix);
    if (prefix == text.size()) return repaired;
    repaired += '\xC2';
    repaired += text[prefix];
    text.remove_prefix(prefix + 1);
  }
}

// Builder makes Json of the parser's events. Mistakes leave as exceptions, as the parser's own do.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  // TakeRoot hands out the document that has just ended.
  Json TakeRoot() { return std::exchange(root_, Node()).value; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    if (documents_++ > 0 && !LineStartsDocument(mark.line)) Fail(mark, "more text where the document should end");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Put(mark, anchor, {nullptr}); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& raw) override {
    const std::string text = RepairEscapes(raw);
    if (tag == "?" && text == "<<" && ExpectsKey()) {
      open_.back().merges = true;
      open_.back().key = text;
      return;
    }
    Put(mark, anchor, {ResolveTag(mark, tag, text)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) Fail(mark, "the alias stands inside what it names");
    Charge(mark, found->second.nodes);
    Put(mark, YAML::NullAnchor, found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, "seq", anchor, Json::array());
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, "map", anchor, Json::object());
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Node {
    Json value;
    std::size_t nodes = 1;  // in value, itself included
  };

  // Collection is an object or a list whose end has not come yet.
  struct Collection {
    YAML::Mark mark;
    YAML::anchor_t anchor;
    Node node;
    std::optional<std::string> key;  // its value has not come yet
    bool merges = false;             // that key is <<
    Json merged = Json::object();    // what << brought
  };

  bool LineStartsDocument(int line) const;
  bool ExpectsKey() const { return !open_.empty() && open_.back().node.value.is_object() && !open_.back().key; }
  void Open(const YAML::Mark& mark, const std::string& tag, std::string_view name, YAML::anchor_t anchor, Json empty);
  void Close();
  void Put(const YAML::Mark& mark, YAML::anchor_t anchor, Node node);
  void PutKey(const YAML::Mark& mark, Collection& object, Json key);
  void Merge(const YAML::Mark& mark, Collection& object, const Json& value);
  void Charge(const YAML::Mark& mark, std::size_t nodes);

  std::string_view text_;
  std::size_t documents_ = 0;
  std::vector<Collection> open_;  // innermost last
  std::map<YAML::anchor_t, Node> anchors_;
  Node root_;
  std::size_t charged_ = 0;
};

// The parser takes whatever follows a document for another one.
bool Builder::LineStartsDocument(int line) const {
  std::string_view rest = text_;
  for (; line > 0; --line) rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  return rest.starts_with("---");
}

void Builder::Charge(const YAML::Mark& mark, std::size_t nodes) {
  charged_ += nodes;
  if (charged_ > kMaxNodes) Fail(mark, "anchors and aliases make the document too large");
}

void Builder::Open(const YAML::Mark& mark, const std::string& tag, std::string_view name, YAML::anchor_t anchor,
                   Json empty) {
  if (ExpectsKey()) Fail(mark, "the key is no text");
  if (tag != "?" && !IsCoreTag(tag, name)) Fail(mark, fmt::format("the value cannot be a {}", tag));
  open_.push_back({mark, anchor, {std::move(empty)}, {}});
}

void Builder::Close() {
  Collection closed = std::move(open_.back());
  open_.pop_back();
  if (closed.node.value.is_object()) {
    auto& merged = closed.merged.get_ref<Json::object_t&>();
    closed.node.value.get_ref<Json::object_t&>().merge(merged);  // keys of its own win
  }
  Put(closed.mark, closed.anchor, std::move(closed.node));
}

void Builder::Put(const YAML::Mark& mark, YAML::anchor_t anchor, Node node) {
  if (anchor != YAML::NullAnchor) {
    Charge(mark, node.nodes);
    anchors_[anchor] = node;
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Collection& parent = open_.back();
  parent.node.nodes += node.nodes;
  if (parent.node.value.is_array()) {
    parent.node.value.push_back(std::move(node.value));
  } else if (!parent.key) {
    PutKey(mark, parent, std::move(node.value));
  } else if (parent.merges) {
    Merge(mark, parent, node.value);
  } else {
    parent.node.value[*std::exchange(parent.key, std::nullopt)] = std::move(node.value);
  }
}

void Builder::PutKey(const YAML::Mark& mark, Collection& object, Json key) {
  if (!key.is_string()) Fail(mark, "the key is no text; put it in quotes");
  auto& text = key.get_ref<std::string&>();
  if (object.node.value.contains(text)) Fail(mark, fmt::format("the key \"{}\" is given twice", text));
  object.key = std::move(text);
}

void Builder::Merge(const YAML::Mark& mark, Collection& object, const Json& value) {
  object.key.reset();
  object.merges = false;
  for (const Json& source : value.is_array() ? value : Json::array({value})) {
    if (!source.is_object()) Fail(mark, "<< takes an object or a list of objects");
    const auto& fields = source.get_ref<const Json::object_t&>();
    object.merged.get_ref<Json::object_t&>().insert(fields.begin(), fields.end());  // the first one wins
  }
}

}  // namespace

absl::StatusOr<std::vector<Json>> ParseYaml(std::string_view text) {
  // The parser would take such bytes for UTF-16.
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("cannot parse YAML: the text is not UTF-8");
  }
  std::vector<Json> documents;
  try {
    std::string closed(text);
    if (text.ends_with('\n')) closed += "...\n";  // or the parser would close a quote that is open at the end
    std::istringstream stream(closed);
    YAML::Parser parser(stream);
    Builder builder(closed);
    while (parser.HandleNextDocument(builder)) {
      Json root = builder.TakeRoot();
      if (!root.is_null()) documents.push_back(std::move(root));
    }
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(fmt::format("cannot parse YAML: line {}, column {}: {}", error.mark.line + 1,
                                                  error.mark.column + 1, error.msg));
  }
  return documents;
}

}  // namespace xfn
