// The order of what a client sends on an AMQP connection (Part 2, sections 2.4 to 2.6).
#pragma once

#include <map>

#include "codec/amqp/framing.hpp"

namespace muster::codec::amqp {

/// Lets through frames that make sense where they come: one open, one session on channel 0, each link's handle used
/// while it is attached and in its direction, one close. The engine behind it then meets nothing that a client of good
/// will would not send: some of what it does not expect ends its process (Qpid Proton 0.37 asserts that a transfer of
/// several frames begins with a delivery id).
class Sequence {
 public:
  explicit Sequence(int links_max) : links_left_(links_max) {}

  /// Errc::malformed_request where the frame does not belong here, Errc::too_many_items for one link too many.
  base::Status admit(const Frame& frame);

 private:
  enum class Stage { fresh, opened, begun, ended, closed };
  struct Link {
    bool client_sends = false;
    bool in_delivery = false;
  };

  base::Status advance(Stage from, Stage to);
  base::Status attach(const std::vector<ByteView>& fields);
  base::Status transfer(const std::vector<ByteView>& fields);
  base::Status detach(const std::vector<ByteView>& fields);
  base::Result<Link*> attached(const std::vector<ByteView>& fields, std::size_t at);

  Stage stage_ = Stage::fresh;
  int links_left_;
  std::map<std::uint64_t, Link> links_;  // by handle
};

}  // namespace muster::codec::amqp
