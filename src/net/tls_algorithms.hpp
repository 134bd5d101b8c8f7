// The algorithms that TLS may use here, as an OpenSSL library context. Internal to this room.
#pragma once

typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;

namespace muster::net {

/// A library context with those algorithms of OpenSSL's default provider that TLS 1.2 and 1.3 need with Muster's cipher
/// suites, and no others; made at the first call, kept until the process ends. Any thread. Null where OpenSSL cannot
/// make it, which is its word for its own context with everything.
///
/// Why: OpenSSL 3.0 chooses the decoder of a client's public key anew for each certificate, by comparing the names of
/// all decoders that there are. With the handful that can be meant, a session with mutual TLS takes a sixth fewer
/// instructions. And what is not needed cannot be reached by a stranger's certificate.
OSSL_LIB_CTX* tls_algorithms();

}  // namespace muster::net
