// MQTT's text: what a string may hold, and topics.
#pragma once

#include <string_view>

namespace muster::codec::mqtt {

/// Whether octets are a UTF-8 encoded string as MQTT has it (3.1.1 section 1.5.3, 5.0 section 1.5.4): well-formed, no
/// surrogates, no U+0000.
bool is_valid_text(std::string_view text);

/// Whether a text can be the topic of a PUBLISH: not empty, no wildcards.
bool is_topic_name(std::string_view topic);

/// Whether a text can be subscribed to: not empty, '#' alone on the last level, '+' alone on its level (section 4.7.1).
bool is_topic_filter(std::string_view filter);

/// Whether a filter that is_topic_filter takes in a topic. Topics that begin with '$' are not matched by a wildcard on
/// the first level (section 4.7.2).
bool topic_matches(std::string_view filter, std::string_view topic);

}  // namespace muster::codec::mqtt
