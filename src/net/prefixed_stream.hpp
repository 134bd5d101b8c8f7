// A stream with octets that were read from it before.
#pragma once

#include "net/byte_stream.hpp"

namespace muster::net {

/// `prefix` is read first, then what the stream has. Everything else is the stream's.
class PrefixedStream final : public ByteStream {
 public:
  PrefixedStream(base::Bytes prefix, ByteStreamPtr stream) : prefix_(std::move(prefix)), stream_(std::move(stream)) {}

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
  bool rest(std::shared_ptr<Sleeper> sleeper) override { return prefix_.empty() && stream_->rest(std::move(sleeper)); }
  base::Task<void> write(base::ByteView bytes) override { return stream_->write(bytes); }
  void expires_after(std::chrono::milliseconds duration) override { stream_->expires_after(duration); }
  void expires_never() override { stream_->expires_never(); }
  void set_idle(bool idle) override { stream_->set_idle(idle); }
  bool draining() const override { return stream_->draining(); }
  void shut_down_write() override { stream_->shut_down_write(); }
  void close() override { stream_->close(); }
  const std::shared_ptr<const Peer>& peer() const override { return stream_->peer(); }

 private:
  base::Task<std::size_t> read_prefix(std::span<std::uint8_t> buffer);

  base::Bytes prefix_;
  std::size_t used_ = 0;
  ByteStreamPtr stream_;
};

}  // namespace muster::net
