// The one coroutine type of Muster.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace muster::base {

/// What an asynchronous function returns. It runs on the executor of whoever awaits it. A coroutine takes its
/// parameters by value, or by reference only to what outlives it.
template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace muster::base
