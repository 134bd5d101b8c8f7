// Why a device was refused, told to people.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "cli/commands.hpp"

namespace muster::cli {

/// `muster device why ID`: one paragraph for each refusal that is kept, then how things stand now.
void explain_refusals(Session& session, const std::string& id);

/// The text for an answer of GET devices/{id}/refusals.
std::string explanation_of(const boost::json::object& report);

}  // namespace muster::cli
