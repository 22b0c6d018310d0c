#include "xfn/struct_codec.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "struct_oracle.h"

namespace xfn {
namespace {

// Generator makes JSON objects of every shape; equal seeds, equal objects.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  unsigned Below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  Json Object(int depth) {
    Json object = Json::object();
    for (unsigned i = Below(5); i > 0; --i) object[Text()] = Value(depth - 1);
    return object;
  }

 private:
  Json Value(int depth) {
    switch (Below(depth > 0 ? 8 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return Below(2) == 0;
      case 2:
      case 3:
        return Number();
      case 4:
        return Text();
      case 5:
        return List(depth);
      default:
        return Object(depth);
    }
  }

  Json List(int depth) {
    Json list = Json::array();
    for (unsigned i = Below(5); i > 0; --i) list.push_back(Value(depth - 1));
    return list;
  }

  Json Number() {
    const Json numbers[] = {0,      1,       -1,   8080, 9007199254740992,  -9007199254740992, -0.0, 0.5, -2.25,
                            1e-300, 1.5e300, 1e21, 0.1,  9007199254740994.0};
    return numbers[Below(std::size(numbers))];
  }

  std::string Text() {
    static const std::string texts[] = {"",
                                        "a",
                                        "name",
                                        "app.kubernetes.io/name",
                                        "é",
                                        "日本語",
                                        "😀",
                                        std::string(1, '\0'),
                                        std::string(127, 'x'),
                                        std::string(128, 'y'),
                                        std::string(3000, 'z')};
    return texts[Below(std::size(texts))];
  }

  std::mt19937 random_;
};

std::string Encode(const Json& object) {
  const auto wire = EncodeStruct(object);
  INFO(Message(wire.status()));
  REQUIRE(wire.ok());
  return *wire;
}

Json Nested(int levels, bool lists) {
  Json value = "end";
  for (int i = 1; i < levels; ++i) value = lists ? Json::array({value}) : Json{{"k", value}};
  return {{"k", value}};
}

TEST_CASE("The codec agrees with protobuf on every object, in both directions") {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    INFO("seed " << seed);
    const Json object = Generator(seed).Object(6);
    google::protobuf::Struct message;
    ToProtobuf(object, message);
    const std::string wire = Encode(object);
    CHECK(wire == ProtobufBytes(message));
    // -0.0 is equal to 0, but not the same bytes.
    CHECK(DecodeStruct(wire)->dump() == FromProtobuf(message).dump());
    CHECK(Encode(*DecodeStruct(wire)) == wire);
  }
}

TEST_CASE("Hostile bytes: the codec refuses them, or reads what protobuf reads") {
  const google::protobuf::LogSilencer quiet;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Generator generator(seed);
    std::string wire = Encode(generator.Object(4));
    if (wire.size() > 600) continue;
    for (std::size_t i = 0; i < wire.size(); ++i) {
      INFO("seed " << seed << ", byte " << i);
      CHECK(Disagreement(std::string_view(wire).substr(0, i)) == "");
      const char flipped = static_cast<char>(1 << generator.Below(8));
      wire[i] = static_cast<char>(wire[i] ^ flipped);
      CHECK(Disagreement(wire) == "");
      wire[i] = static_cast<char>(wire[i] ^ flipped);
    }
  }
  for (unsigned seed = 0; seed < 20000; ++seed) {
    INFO("random bytes, seed " << seed);
    Generator generator(seed);
    std::string wire;
    // Small numbers are likely tags and lengths.
    for (unsigned i = generator.Below(24); i > 0; --i)
      wire += static_cast<char>(generator.Below(seed % 2 == 0 ? 52 : 256));
    CHECK(Disagreement(wire) == "");
  }
}

// Field puts bytes into a length-delimited field.
std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string Entry(const std::string& key, const std::string& value) {
  return Field(1, Field(1, key) + Field(2, value));
}

const std::string kOne = std::string("\x11\0\0\0\0\0\0\xF0\x3F", 9);  // the Value 1
const std::string kTrue = "\x20\x01";

TEST_CASE("DecodeStruct follows protobuf's rules for odd encodings") {
  struct Row {
    const char* reason;
    std::string wire;
    const char* json;
  };
  const Row rows[] = {
      {"nothing", "", "{}"},
      {"a key that comes twice", Entry("a", kTrue) + Entry("a", kOne), R"({"a":1})"},
      {"objects under a key that comes twice are not joined",
       Entry("a", Field(5, Entry("x", kOne))) + Entry("a", Field(5, Entry("y", kOne))), R"({"a":{"y":1}})"},
      {"a value before its key", Field(1, Field(2, kOne) + Field(1, "a")), R"({"a":1})"},
      {"an entry without a key", Field(1, Field(2, kOne)), R"({"":1})"},
      {"an entry without a value", Field(1, Field(1, "a")), R"({"a":null})"},
      {"an empty entry", Field(1, ""), R"({"":null})"},
      {"an entry with two keys", Field(1, Field(1, "a") + Field(2, kOne) + Field(1, "b")), R"({"b":1})"},
      {"an entry with two values", Field(1, Field(1, "a") + Field(2, kTrue) + Field(2, kOne)), R"({"a":1})"},
      {"an entry with two objects joins them",
       Field(1, Field(1, "a") + Field(2, Field(5, Entry("x", kOne))) + Field(2, Field(5, Entry("y", kOne)))),
       R"({"a":{"x":1,"y":1}})"},
      {"a Value without a kind", Entry("a", ""), R"({"a":null})"},
      {"a Value with two kinds", Entry("a", kOne + kTrue), R"({"a":true})"},
      {"a Value with two lists joins them", Entry("a", Field(6, Field(1, kOne)) + Field(6, Field(1, kTrue))),
       R"({"a":[1,true]})"},
      {"a list between two objects", Entry("a", Field(5, Entry("x", kOne)) + Field(6, "") + Field(5, Entry("y", kOne))),
       R"({"a":{"y":1}})"},
      {"null of an unknown enum value", Entry("a", "\x08\x07"), R"({"a":null})"},
      {"true as any number", Entry("a", "\x20\x80\x02"), R"({"a":true})"},
      {"an unknown field", Entry("a", "\x38\x05" + kOne + "\x3A\x01x"), R"({"a":1})"},
      {"an unknown fixed32 and fixed64",
       Entry("a",
             "\x3D"
             "1234"
             "\x39"
             "12345678" +
                 kOne),
       R"({"a":1})"},
      {"an unknown group", Entry("a", "\x3B\x08\x01\x3C" + kOne), R"({"a":1})"},
      {"a known field with another wire type is unknown", Entry("a", "\x10\x05" + kOne), R"({"a":1})"},
      {"a tag with a longer varint than it needs", std::string("\x8A\x00", 2) + Entry("a", kOne).substr(1),
       R"({"a":1})"},
      {"-0.0 stays", Entry("a", std::string("\x11\0\0\0\0\0\0\0\x80", 9)), R"({"a":-0.0})"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto json = DecodeStruct(row.wire);
    INFO(Message(json.status()));
    REQUIRE(json.ok());
    CHECK(json->dump() == row.json);
    CHECK(Disagreement(row.wire) == "");
  }
}

TEST_CASE("DecodeStruct says what is wrong and where") {
  struct Row {
    const char* reason;
    std::string wire;
    const char* error;
  };
  const std::string nan("\x11\0\0\0\0\0\0\xF8\x7F", 9);
  const std::string infinity("\x11\0\0\0\0\0\0\xF0\x7F", 9);
  const Row rows[] = {
      {"cut off", Entry("a", kOne).substr(0, 5), "truncated"},
      {"cut off inside", Entry("metadata", Field(5, Entry("labels", "\x1A\x05"))), "at metadata.labels: truncated"},
      {"in a list", Entry("env", Field(6, Field(1, kOne) + Field(1, Field(5, Entry("a.b", "\x1A\x05"))))),
       "at env[1][a.b]: truncated"},
      {"not a number", Entry("a", nan), "at a: a number is not finite"},
      {"infinity", Entry("a", infinity), "at a: a number is not finite"},
      {"text", Entry("a", Field(3, "\xC0\x80")), "at a: a string is not UTF-8"},
      {"surrogates", Entry("a", Field(3, "\xED\xA0\x80")), "at a: a string is not UTF-8"},
      {"a key", Entry("b", Field(5, Entry("\xFF", kOne))), "at b: a key is not UTF-8"},
      {"field number 0", std::string("\x00\x00", 2), "field number 0"},
      {"a group's end", "\x0C", "a group ends that did not start"},
      {"another group's end", "\x3B\x44", "a group ends that did not start"},
      {"wire type 6", "\x0E", "a wire type that does not exist"},
      {"a long varint", Entry("a", "\x20" + std::string(10, '\x80')), "at a: a varint has too many bytes"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto json = DecodeStruct(row.wire);
    CHECK(json.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(json.status()) == std::string("cannot decode Struct: ") + row.error);
    CHECK(Disagreement(row.wire) == "");
  }
}

TEST_CASE("Objects and lists nest as deep as kMaxStructDepth, on both ways") {
  for (const bool lists : {false, true}) {
    INFO((lists ? "lists" : "objects"));
    const Json deepest = Nested(kMaxStructDepth, lists);
    CHECK(*DecodeStruct(Encode(deepest)) == deepest);

    const Json deeper = Nested(kMaxStructDepth + 1, lists);
    CHECK(EncodeStruct(deeper).status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(EncodeStruct(deeper).status()).ends_with("nests too deep"));

    google::protobuf::Struct message;
    ToProtobuf(deeper, message);
    const auto json = DecodeStruct(ProtobufBytes(message));
    CHECK(json.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(json.status()).ends_with("nests too deep"));
  }
}

TEST_CASE("DecodeStruct does not decode what it skips") {
  const std::string broken = "\x1A\x05";
  const std::string metadata = Entry("managedFields", broken) + Entry("name", kOne);
  const SkipPaths skip = {{"metadata", "managedFields"}, {"status"}};
  struct Row {
    const char* reason;
    std::string wire;
    const char* json;  // "" for an error
  };
  const Row rows[] = {
      {"the path", Entry("metadata", Field(5, metadata)), R"({"metadata":{"name":1}})"},
      {"a path of one key", Entry("status", broken) + Entry("a", kOne), R"({"a":1})"},
      {"the same key elsewhere", Entry("managedFields", kOne), R"({"managedFields":1})"},
      {"the same path deeper", Entry("a", Field(5, Entry("status", kOne))), R"({"a":{"status":1}})"},
      {"a list on the way is no object", Entry("metadata", Field(6, Field(1, Field(5, metadata)))), ""},
      {"broken elsewhere", Entry("a", broken), ""},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto json = DecodeStruct(row.wire, skip);
    CHECK(json.ok() == (row.json[0] != '\0'));
    if (json.ok()) CHECK(json->dump() == row.json);
  }
  CHECK(DecodeStruct(Entry("a", kOne), {{}})->dump() == R"({"a":1})");
}

TEST_CASE("EncodeStruct refuses what a Struct cannot hold, and says where") {
  struct Row {
    const char* reason;
    Json json;
    const char* error;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const Row rows[] = {
      {"no object", Json::array(), "the value is no object"},
      {"infinity", {{"spec", {{"a", Json::array({1, infinity})}}}}, "at spec.a[1]: a number is not finite"},
      {"not a number", {{"a", std::nan("")}}, "at a: a number is not finite"},
      {"2^53 + 1", {{"a", 9007199254740993}}, "at a: a double cannot hold 9007199254740993 exactly"},
      {"-2^53 - 1", {{"a", -9007199254740993}}, "at a: a double cannot hold -9007199254740993 exactly"},
      {"2^64 - 1",
       {{"a", std::numeric_limits<std::uint64_t>::max()}},
       "at a: a double cannot hold 18446744073709551615 exactly"},
      {"text", {{"a", "\xFF"}}, "at a: a string is not UTF-8"},
      {"a key", {{"b", {{"\xFF", 1}}}}, "at b: a key is not UTF-8"},
      {"binary", {{"a", Json::binary({1, 2})}}, "at a: a value is no JSON"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    const auto wire = EncodeStruct(row.json);
    CHECK(wire.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(Message(wire.status()) == std::string("cannot encode Struct: ") + row.error);
  }
}

TEST_CASE("EncodeStruct takes every integer that a double holds") {
  const Json exact = {9007199254740992, 9007199254740994, std::numeric_limits<std::int64_t>::min(),
                      std::uint64_t{1} << 63};
  for (const Json& integer : exact) {
    INFO(integer);
    const auto json = DecodeStruct(Encode({{"a", integer}}));
    REQUIRE(json.ok());
    CHECK(json->at("a").get<double>() == integer.get<double>());
  }
}

}  // namespace
}  // namespace xfn
