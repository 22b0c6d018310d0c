#include "api/reader.h"

#include <algorithm>
#include <utility>

#include "api/quantity.h"
#include "fmt/format.h"
#include "xfn/status.h"

namespace agent {

using xfn::FieldPath;
using xfn::Json;

ObjectReader::ObjectReader(const Json* object, FieldPath path, Findings& findings)
    : object_(object), path_(std::move(path)), findings_(findings) {}

const Json* ObjectReader::Get(std::string_view key) {
  known_.emplace(key);
  if (object_ == nullptr) return nullptr;
  auto it = object_->find(std::string(key));
  // null is absence, as for the API server.
  return it == object_->end() || it->is_null() ? nullptr : &*it;
}

bool ObjectReader::Has(std::string_view key) { return Get(key) != nullptr; }

std::string ObjectReader::Text(const FieldPath& path, const Json& value, const Rule& rule) {
  if (!value.is_string()) {
    findings_.errors.Invalid(path, value, "must be a string");
    return "";
  }
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() > rule.max_length) {
    findings_.errors.TooLong(path, rule.max_length);
  } else if (!Matches(rule, text)) {
    findings_.errors.Invalid(path, value, rule.why);
  }
  return text;
}

std::string ObjectReader::Required(std::string_view key, const Rule& rule) {
  const Json* value = Get(key);
  if (value != nullptr) return Text(path_.Key(key), *value, rule);
  findings_.errors.Required(path_.Key(key));
  return "";
}

std::string ObjectReader::Optional(std::string_view key, const Rule& rule, std::string_view otherwise) {
  const Json* value = Get(key);
  return value == nullptr ? std::string(otherwise) : Text(path_.Key(key), *value, rule);
}

std::string ObjectReader::OneOf(std::string_view key, const std::vector<std::string>& values,
                                std::string_view otherwise) {
  const Json* value = Get(key);
  if (value == nullptr) return std::string(otherwise);
  if (value->is_string() && std::find(values.begin(), values.end(), value->get<std::string>()) != values.end()) {
    return value->get<std::string>();
  }
  findings_.errors.NotSupported(path_.Key(key), *value, values);
  return std::string(otherwise);
}

std::vector<std::string> ObjectReader::List(std::string_view key, const Rule& rule, std::size_t max_items) {
  std::vector<std::string> items;
  const Json* value = Get(key);
  if (value == nullptr) return items;
  const FieldPath path = path_.Key(key);
  if (!value->is_array()) {
    findings_.errors.Invalid(path, *value, "must be a list");
    return items;
  }
  if (value->size() > max_items) {
    findings_.errors.Invalid(path, value->size(), fmt::format("must have at most {} items", max_items));
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    std::string item = Text(path.Index(i), (*value)[i], rule);
    if (std::find(items.begin(), items.end(), item) != items.end()) {
      findings_.errors.Invalid(path.Index(i), item, "must not be listed twice");
    }
    items.push_back(std::move(item));
  }
  return items;
}

int ObjectReader::Integer(std::string_view key, int min, int max, int otherwise) {
  const Json* value = Get(key);
  if (value == nullptr) return otherwise;
  if (value->is_number_integer()) {
    const auto number = value->get<long long>();
    if (number >= min && number <= max) return static_cast<int>(number);
  }
  findings_.errors.Invalid(path_.Key(key), *value, fmt::format("must be an integer from {} to {}", min, max));
  return otherwise;
}

std::string ObjectReader::Quantity(std::string_view key) {
  const Json* value = Get(key);
  if (value == nullptr) {
    findings_.errors.Required(path_.Key(key));
    return "";
  }
  if (!value->is_string() && !value->is_number_integer()) {
    findings_.errors.Invalid(path_.Key(key), *value, "must be a quantity such as 250m, 0.5 or 2Gi");
    return "";
  }
  std::string text = value->is_string() ? value->get<std::string>() : value->dump();
  auto quantity = ParseQuantity(text);
  if (!quantity.ok()) {
    findings_.errors.Invalid(path_.Key(key), *value, xfn::Message(quantity.status()));
  } else if (*quantity <= 0) {
    findings_.errors.Invalid(path_.Key(key), *value, "must be more than 0");
  }
  return text;
}

const Json* ObjectReader::Child(std::string_view key) {
  const Json* value = Get(key);
  if (value == nullptr || value->is_object()) return value;
  findings_.errors.Invalid(path_.Key(key), *value, "must be an object");
  return nullptr;
}

void ObjectReader::Ignore(std::initializer_list<std::string_view> keys) { known_.insert(keys.begin(), keys.end()); }

std::vector<std::string> ObjectReader::Keys() const {
  std::vector<std::string> keys;
  if (object_ == nullptr) return keys;
  for (const auto& [key, value] : object_->items()) keys.push_back(key);
  return keys;
}

void ObjectReader::Finish() {
  for (const std::string& key : Keys()) {
    if (known_.find(key) == known_.end()) findings_.unknown.push_back(path_.Key(key).ToString());
  }
}

}  // namespace agent
