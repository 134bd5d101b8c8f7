#include "net/mqtt_names.hpp"

#include <boost/asio/post.hpp>
#include <functional>

namespace muster::net {
namespace {

std::size_t hash_of(const std::string& name) { return std::hash<std::string>()(name); }

}  // namespace

void MqttNames::add(MqttNamed& member, std::string name) {
  if (name.empty()) return;
  member.name_ = std::move(name);
  const std::lock_guard lock(mutex_);
  member.number_ = ++last_number_;
  members_.emplace(std::pair(hash_of(member.name_), member.number_), &member);
}

void MqttNames::remove(MqttNamed& member) {
  if (member.name_.empty()) return;
  const std::lock_guard lock(mutex_);
  members_.erase({hash_of(member.name_), member.number_});
}

void MqttNames::prove(MqttNamed& member) {
  if (member.name_.empty()) return;
  const std::lock_guard lock(mutex_);
  const std::size_t hash = hash_of(member.name_);
  const auto own = members_.find({hash, member.number_});
  for (auto at = members_.lower_bound({hash, 0}); at != own; ++at) {
    MqttNamed& other = *at->second;
    if (other.name_ != member.name_) continue;
    boost::asio::post(other.loop_, [gone = other.weak_from_this()] {
      if (const auto still_there = gone.lock()) still_there->on_taken_over();
    });
  }
}

}  // namespace muster::net
