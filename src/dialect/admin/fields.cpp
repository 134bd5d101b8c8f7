#include "dialect/admin/fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::admin {

namespace json = boost::json;

Fields::Fields(const json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

const json::value* Fields::find(std::string_view name) {
  known_.emplace(name);
  const json::value* value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool Fields::has(std::string_view name) { return find(name) != nullptr; }

std::string Fields::text(std::string_view name, std::size_t size_max) {
  const json::value* value = find(name);
  if (value == nullptr) return {};
  const json::string* text = value->if_string();
  if (text == nullptr) {
    refuse(name, "is not a string");
    return {};
  }
  if (text->size() > size_max) {
    refuse(name, "is longer than " + std::to_string(size_max) + " octets");
    return {};
  }
  return {text->data(), text->size()};
}

bool Fields::flag(std::string_view name, bool otherwise) {
  const json::value* value = find(name);
  if (value == nullptr) return otherwise;
  if (const bool* flag = value->if_bool()) return *flag;
  refuse(name, "is neither true nor false");
  return otherwise;
}

int Fields::integer(std::string_view name, int otherwise, int min, int max) {
  const json::value* value = find(name);
  if (value == nullptr) return otherwise;
  const std::int64_t* number = value->if_int64();
  if (number == nullptr || *number < min || *number > max) {
    refuse(name, "is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return otherwise;
  }
  return static_cast<int>(*number);
}

std::optional<double> Fields::number(std::string_view name, double min, double max) {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code wrong;
  const double number = value->is_number() ? value->to_number<double>(wrong) : min - 1;
  if (wrong || !(number >= min && number <= max)) {
    refuse(name, "is not a number from " + std::to_string(static_cast<int>(min)) + " to " +
                     std::to_string(static_cast<int>(max)));
    return std::nullopt;
  }
  return number;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t count_max, std::size_t size_max) {
  const json::value* value = find(name);
  if (value == nullptr) return {};
  const json::array* array = value->if_array();
  if (array == nullptr) {
    refuse(name, "is not an array");
    return {};
  }
  if (array->size() > count_max) {
    refuse(name, "has more than " + std::to_string(count_max) + " items");
    return {};
  }
  std::vector<std::string> texts;
  for (const json::value& item : *array) {
    const json::string* text = item.if_string();
    if (text == nullptr || text->size() > size_max) {
      refuse(name, "holds something else than strings of at most " + std::to_string(size_max) + " octets");
      return {};
    }
    texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

base::Bytes Fields::base64(std::string_view name, std::size_t size_max) {
  // Line ends that people paste along count towards the limit on the text only.
  std::string encoded = text(name, 2 * size_max);
  auto decoded = base::from_base64_lenient(encoded);
  base::wipe(encoded);
  if (!decoded || decoded->size() > size_max) {
    refuse(name, "is not the base64 of at most " + std::to_string(size_max) + " octets");
    return {};
  }
  return std::move(*decoded);
}

std::optional<base::TimePoint> Fields::time(std::string_view name) {
  if (!has(name)) return std::nullopt;
  const auto time = base::from_rfc3339(text(name, 64));
  if (!time) refuse(name, "is not a time such as 2027-01-31T12:00:00Z");
  return time;
}

const json::object* Fields::object(std::string_view name) {
  const json::value* value = find(name);
  if (value == nullptr) return nullptr;
  const json::object* object = value->if_object();
  if (object == nullptr) refuse(name, "is not an object");
  return object;
}

std::vector<const json::object*> Fields::objects(std::string_view name, std::size_t count_max) {
  const json::value* value = find(name);
  if (value == nullptr) return {};
  const json::array* array = value->if_array();
  if (array == nullptr) {
    refuse(name, "is not an array");
    return {};
  }
  if (array->size() > count_max) {
    refuse(name, "has more than " + std::to_string(count_max) + " items");
    return {};
  }
  std::vector<const json::object*> objects;
  for (const json::value& item : *array) {
    if (!item.is_object()) {
      refuse(name, "holds something else than objects");
      return {};
    }
    objects.push_back(&item.get_object());
  }
  return objects;
}

std::string Fields::object_text(std::string_view name) {
  const json::object* value = object(name);
  return value == nullptr ? std::string() : json::serialize(*value);
}

void Fields::read_only(std::string_view name) { known_.emplace(name); }

void Fields::refuse(std::string_view name, std::string reason) {
  if (!wrong_) wrong_ = where_ + std::string(name) + " " + std::move(reason);
}

base::Status Fields::finish() const {
  if (wrong_) return base::Error(base::Errc::invalid_argument, *wrong_);
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!known_.contains(name))
      return base::Error(base::Errc::invalid_argument, where_ + std::string(name.substr(0, 64)) + " is not known here");
  }
  return base::Done{};
}

}  // namespace muster::dialect::admin
