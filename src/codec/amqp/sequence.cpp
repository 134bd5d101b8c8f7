#include "codec/amqp/sequence.hpp"

#include "codec/amqp/value.hpp"

namespace muster::codec::amqp {

using base::Done;
using base::Errc;
using base::Error;
using base::Result;
using base::Status;

namespace {

// Section 2.7.
enum Performative : std::uint64_t {
  open = 0x10,
  begin = 0x11,
  attach_link = 0x12,
  flow = 0x13,
  transfer_message = 0x14,
  disposition = 0x15,
  detach_link = 0x16,
  end = 0x17,
  close = 0x18,
};

// Where fields stand.
constexpr std::size_t attach_handle_at = 1;
constexpr std::size_t attach_role_at = 2;
constexpr std::size_t flow_handle_at = 4;
constexpr std::size_t transfer_handle_at = 0;
constexpr std::size_t transfer_delivery_id_at = 1;
constexpr std::size_t transfer_more_at = 5;
constexpr std::size_t transfer_aborted_at = 9;
constexpr std::size_t detach_handle_at = 0;
constexpr std::size_t begin_remote_channel_at = 0;

using Fields = std::vector<ByteView>;

bool has(const Fields& fields, std::size_t at) { return at < fields.size() && !is_null(fields[at]); }

bool flag(const Fields& fields, std::size_t at) { return has(fields, at) && read_boolean(fields[at]).value_or(false); }

Error misplaced(const char* what) { return {Errc::malformed_request, what}; }

}  // namespace

Status Sequence::admit(const Frame& frame) {
  if (frame.channel != 0) return misplaced("a frame on a channel above the channel-max of 0");
  if (frame.body.empty()) return Done{};
  const auto size = check_value(frame.body);
  if (!size) return size.error();
  const auto performative = read_described(frame.body.first(*size));
  const auto fields = performative ? read_elements(performative->value) : std::nullopt;
  if (!fields) return misplaced("a frame that begins with no performative");

  switch (performative->descriptor) {
    case open:
      return advance(Stage::fresh, Stage::opened);
    case begin:
      if (has(*fields, begin_remote_channel_at)) return misplaced("an answer to a session that was not begun");
      return advance(Stage::opened, Stage::begun);
    case end:
      return advance(Stage::begun, Stage::ended);
    case close:
      if (stage_ == Stage::fresh || stage_ == Stage::closed) return misplaced("a close outside a connection");
      stage_ = Stage::closed;
      return Done{};
    default:
      break;
  }
  if (stage_ != Stage::begun) return misplaced("a frame of a session outside one");
  switch (performative->descriptor) {
    case attach_link:
      return attach(*fields);
    case transfer_message:
      return transfer(*fields);
    case detach_link:
      return detach(*fields);
    case flow:
      if (!has(*fields, flow_handle_at)) return Done{};
      if (auto link = attached(*fields, flow_handle_at); !link) return link.error();
      return Done{};
    default:
      return Done{};
  }
}

Status Sequence::advance(Stage from, Stage to) {
  if (stage_ != from) return misplaced("a frame out of its order");
  stage_ = to;
  return Done{};
}

Status Sequence::attach(const Fields& fields) {
  const auto handle = has(fields, attach_handle_at) ? read_uint(fields[attach_handle_at]) : std::nullopt;
  const auto is_receiver = has(fields, attach_role_at) ? read_boolean(fields[attach_role_at]) : std::nullopt;
  if (!handle || !is_receiver) return misplaced("an attach without a handle or a role");
  if (links_.contains(*handle)) return misplaced("an attach to a handle that is in use");
  if (links_left_ == 0) return Error(Errc::too_many_items, "one link too many");
  --links_left_;
  links_[*handle] = Link{.client_sends = !*is_receiver, .in_delivery = false};
  return Done{};
}

Result<Sequence::Link*> Sequence::attached(const Fields& fields, std::size_t at) {
  const auto handle = has(fields, at) ? read_uint(fields[at]) : std::nullopt;
  const auto found = handle ? links_.find(*handle) : links_.end();
  if (found == links_.end()) return misplaced("a handle that is not attached");
  return &found->second;
}

Status Sequence::transfer(const Fields& fields) {
  const auto link = attached(fields, transfer_handle_at);
  if (!link) return link.error();
  if (!(*link)->client_sends) return misplaced("a transfer against the direction of its link");
  const bool has_id = has(fields, transfer_delivery_id_at);
  if (has_id && !read_uint(fields[transfer_delivery_id_at])) return misplaced("a delivery id that is no number");
  if (!(*link)->in_delivery && !has_id) return misplaced("a first transfer without a delivery id");
  (*link)->in_delivery = flag(fields, transfer_more_at) && !flag(fields, transfer_aborted_at);
  return Done{};
}

Status Sequence::detach(const Fields& fields) {
  const auto link = attached(fields, detach_handle_at);
  if (!link) return link.error();
  links_.erase(*read_uint(fields[detach_handle_at]));
  return Done{};
}

}  // namespace muster::codec::amqp
