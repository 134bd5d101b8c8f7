// Whether a certificate says anything at all about a subject.
#pragma once

#include <string_view>

#include "crypto/certificate.hpp"

namespace muster::crypto {

/// Whether the certificate has an extension with this object identifier ("2.5.29.37"), whatever it says. Throws
/// std::invalid_argument where the text is no object identifier.
bool has_extension(const Certificate& certificate, std::string_view object_identifier);

}  // namespace muster::crypto
