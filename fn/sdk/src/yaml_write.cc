// The layout is that of sigs.k8s.io/yaml, which is go-yaml v2's, so that output compares byte for byte with that of
// kubectl and the Crossplane CLI: two spaces, lists at their key's column, long text folded after column 80.
// One exception: text with Unicode line or paragraph separators is escaped, for go-yaml cannot read its own then.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "xfn/yaml.h"
#include "yaml_scalar.h"
#include "yaml_text.h"

namespace xfn {
namespace {

constexpr int kIndent = 2;
constexpr int kWidth = 80;
constexpr std::size_t kMaxSimpleKey = 128;

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }

// KeyLess is go-yaml's order: numbers inside of keys by value, letters after everything else. Characters from U+00C0 on
// count as letters.
bool KeyLess(const std::string& left, const std::string& right) {
  const std::u32string a = Characters(left);
  const std::u32string b = Characters(right);
  const auto is_letter = [](char32_t c) { return c >= 0xC0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto i = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  if (i == a.size() || i == b.size()) return a.size() < b.size();
  if (is_letter(a[i]) && is_letter(b[i])) return a[i] < b[i];
  if (is_letter(a[i]) || is_letter(b[i])) return is_letter(b[i]);
  // A zero that continues a number, unlike one that leads it, makes the number larger.
  std::uint64_t a_number = 0;
  std::uint64_t b_number = 0;
  if (a[i] == '0' || b[i] == '0') {
    for (std::size_t j = i; j > 0 && IsDigit(a[j - 1]); --j) {
      if (a[j - 1] == '0') continue;
      a_number = b_number = 1;
      break;
    }
  }
  std::size_t a_end = i;
  std::size_t b_end = i;
  for (; a_end < a.size() && IsDigit(a[a_end]); ++a_end) a_number = a_number * 10 + (a[a_end] - '0');
  for (; b_end < b.size() && IsDigit(b[b_end]); ++b_end) b_number = b_number * 10 + (b[b_end] - '0');
  if (a_number != b_number) return static_cast<std::int64_t>(a_number) < static_cast<std::int64_t>(b_number);
  return a_end != b_end ? a_end < b_end : a[i] < b[i];
}

// FormatDouble writes integral numbers as integers if 64 bits hold them, as Go's JSON has it, and all others in Go's
// shortest form: with an exponent below 1e-4 and from 1e6 on.
std::string FormatDouble(double number) {
  if (std::isnan(number)) return ".nan";
  if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
  if (std::trunc(number) == number && std::abs(number) < 18446744073709551616.0) {
    if (number >= 0) return fmt::format("{}", static_cast<std::uint64_t>(number));
    if (number >= -9223372036854775808.0) return fmt::format("{}", static_cast<std::int64_t>(number));
  }
  char scientific[32];
  const auto end = std::to_chars(scientific, scientific + sizeof scientific, number, std::chars_format::scientific).ptr;
  const std::string_view text(scientific, static_cast<std::size_t>(end - scientific));
  const std::size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end, exponent);
  if (exponent < -4 || exponent >= 6) return std::string(text);
  char fixed[64];
  const auto fixed_end = std::to_chars(fixed, fixed + sizeof fixed, number, std::chars_format::fixed).ptr;
  return {fixed, fixed_end};
}

class Writer {
 public:
  void WriteDocument(const Json& value) {
    WriteNode(value, Context::kRoot, -kIndent);
    if (column_ > 0) Break();
  }
  std::string TakeText() { return std::move(text_); }

 private:
  enum class Context { kRoot, kItem, kKey, kValue };

  // `indent` is the column of the surrounding collection.
  void WriteNode(const Json& value, Context context, int indent);
  void WriteObject(const Json::object_t& object, int indent);
  void WriteList(const Json::array_t& list, int indent);
  void WriteText(const std::string& text, Context context, int indent);
  void WriteKey(const std::string& key, int indent);

  // `indent` is the column where further lines of the text start. Keys are not folded.
  void WriteLiteral(std::u32string_view text, int indent);
  void WritePlain(std::u32string_view text, int indent, bool fold);
  void WriteDoubleQuoted(std::u32string_view text, int indent, bool fold);

  // The pen. `fresh_` tells that the line holds nothing but indentation and list or key markers so far.
  void Put(char32_t c);
  void PutAscii(std::string_view text) {
    for (const char c : text) Put(static_cast<char32_t>(c));
  }
  void Break() {
    text_ += '\n';
    column_ = 0;
    spaced_ = true;
    fresh_ = true;
  }
  // Indent moves to that column, on this line if nothing is in the way.
  void Indent(int column) {
    if (!fresh_ || column_ > column || (column_ == column && !spaced_)) Break();
    while (column_ < column) Put(' ');
    spaced_ = true;
    fresh_ = true;
  }
  void Space() {
    if (!spaced_) Put(' ');
  }
  // Marker writes "-", "?" or ":" that stands at the head of a line.
  void Marker(char c) {
    Space();
    Put(static_cast<char32_t>(c));
    spaced_ = false;
    fresh_ = true;
  }
  void Mark(std::string_view text) {
    Space();
    PutAscii(text);
    spaced_ = false;
    fresh_ = false;
  }

  std::string text_;
  int column_ = 0;
  bool spaced_ = true;
  bool fresh_ = true;
};

void Writer::Put(char32_t c) {
  ++column_;
  AppendUtf8(text_, c);
}

void Writer::WriteNode(const Json& value, Context context, int indent) {
  switch (value.type()) {
    case Json::value_t::object:
      if (value.empty()) return Mark("{}");
      return WriteObject(value.get_ref<const Json::object_t&>(), indent + kIndent);
    case Json::value_t::array:
      if (value.empty()) return Mark("[]");
      // A list below a key stands at the key's column.
      return WriteList(value.get_ref<const Json::array_t&>(),
                       context == Context::kValue && !fresh_ ? indent : indent + kIndent);
    case Json::value_t::string:
      return WriteText(value.get_ref<const std::string&>(), context, indent < 0 ? kIndent : indent + kIndent);
    case Json::value_t::number_float:
      return Mark(FormatDouble(value.get<double>()));
    default:
      return Mark(value.dump());
  }
}

void Writer::WriteObject(const Json::object_t& object, int indent) {
  std::vector<const Json::object_t::value_type*> fields;
  for (const auto& field : object) fields.push_back(&field);
  std::stable_sort(fields.begin(), fields.end(), [](auto* a, auto* b) { return KeyLess(a->first, b->first); });
  for (const auto* field : fields) {
    Indent(indent);
    WriteKey(field->first, indent);
    WriteNode(field->second, Context::kValue, indent);
  }
}

void Writer::WriteList(const Json::array_t& list, int indent) {
  for (const Json& item : list) {
    Indent(indent);
    Marker('-');
    WriteNode(item, Context::kItem, indent);
  }
}

// A key that is long or has several lines is written as "? key", and its value as ": value".
void Writer::WriteKey(const std::string& key, int indent) {
  const std::u32string characters = Characters(key);
  if (key.size() <= kMaxSimpleKey && characters.find_first_of(U"\n\r\u0085\u2028\u2029") == characters.npos) {
    WriteText(key, Context::kKey, indent + kIndent);
    PutAscii(":");
    spaced_ = false;
    fresh_ = false;
    return;
  }
  Marker('?');
  WriteText(key, Context::kValue, indent + kIndent);
  Indent(indent);
  Marker(':');
}

void Writer::WriteText(const std::string& text, Context context, int indent) {
  const std::u32string characters = Characters(text);
  const YamlShape shape = ShapeOf(characters);
  const bool fold = context != Context::kKey;
  const bool several_lines = text.find('\n') != std::string::npos;
  if (several_lines && shape.literal) return WriteLiteral(characters, indent);
  if (several_lines || NeedsQuotes(text) || !shape.single_quoted) return WriteDoubleQuoted(characters, indent, fold);
  if (shape.plain) {
    Space();
    return WritePlain(characters, indent, fold);
  }
  Mark("'");
  std::u32string doubled;
  for (const char32_t c : characters) doubled.append(c == '\'' ? 2 : 1, c);
  WritePlain(doubled, indent, fold);
  PutAscii("'");
}

void Writer::WritePlain(std::u32string_view text, int indent, bool fold) {
  bool after_space = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inner_space = text[i] == ' ' && !after_space && i > 0 && i + 1 < text.size() && text[i + 1] != ' ';
    after_space = text[i] == ' ';
    if (fold && inner_space && column_ > kWidth) {
      Indent(indent);
    } else {
      Put(text[i]);
      fresh_ = false;
    }
  }
  spaced_ = false;
}

void Writer::WriteLiteral(std::u32string_view text, int indent) {
  Mark("|");
  if (text.front() == ' ' || text.front() == '\n') PutAscii(fmt::format("{}", kIndent));
  if (text.back() != '\n') {
    PutAscii("-");
  } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
    PutAscii("+");
  }
  Break();
  for (const char32_t c : text) {
    if (c == '\n') {
      Break();
      continue;
    }
    if (column_ == 0) Indent(indent);
    Put(c);
    fresh_ = false;
  }
}

void Writer::WriteDoubleQuoted(std::u32string_view text, int indent, bool fold) {
  Mark("\"");
  // Text that begins with a byte order mark is escaped throughout, as the Go library does it.
  const bool marked = text.starts_with(U'\uFEFF');
  bool after_space = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (fold && !marked && c == ' ' && !after_space && column_ > kWidth && i > 0 && i + 1 < text.size()) {
      Indent(indent);
      if (text[i + 1] == ' ') Put('\\');  // or the space would be taken for indentation
    } else if (!marked && c != '\n' && c != '"' && c != '\\' && IsPlainCharacter(c)) {
      Put(c);
    } else {
      PutAscii(Escape(c));
    }
    fresh_ = false;
    after_space = c == ' ';
  }
  PutAscii("\"");
  spaced_ = false;
}

}  // namespace

std::string ToYaml(const Json& value) {
  Writer writer;
  writer.WriteDocument(value);
  return writer.TakeText();
}

}  // namespace xfn
