// Asio's own functions, compiled here once (BOOST_ASIO_SEPARATE_COMPILATION) and not in each file that uses one.
#include <boost/asio/impl/src.hpp>
