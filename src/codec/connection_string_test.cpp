#include "codec/connection_string.hpp"

#include <gtest/gtest.h>

namespace muster::codec {
namespace {

// As the portal shows a hub's; the key is the one of Azure's own samples.
constexpr std::string_view sample =
    "HostName=Hub.azure-devices.net;SharedAccessKeyName=iothubowner;"
    "SharedAccessKey=c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=";

std::string outcome(const std::string& text) {
  const auto parsed = parse_connection_string(text);
  return parsed ? "done" : parsed.error().detail();
}

TEST(ConnectionString, ReadsWhatThePortalShows) {
  const auto connection = parse_connection_string(sample);
  ASSERT_TRUE(connection) << connection.error().detail();
  EXPECT_EQ(connection->host, "hub.azure-devices.net");
  EXPECT_EQ(connection->key_name, "iothubowner");
  EXPECT_EQ(base::text_view(connection->key.reveal()), "symkey-symkey-symkey-symkey-0123");
  EXPECT_FALSE(connection->is_masked);
}

TEST(ConnectionString, WritesItWithItsKeyAndWithoutIt) {
  const auto connection = parse_connection_string(sample);
  EXPECT_EQ(base::text_view(to_text(*connection).reveal()),
            "HostName=hub.azure-devices.net;SharedAccessKeyName=iothubowner;"
            "SharedAccessKey=c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=");
  EXPECT_EQ(to_masked_text(*connection),
            "HostName=hub.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=****");
}

TEST(ConnectionString, ReadsWhatItShowed) {
  const auto masked = parse_connection_string("HostName=h;SharedAccessKeyName=n;SharedAccessKey=****");
  ASSERT_TRUE(masked);
  EXPECT_TRUE(masked->is_masked);
  EXPECT_TRUE(masked->key.empty());

  const auto keyless = parse_connection_string("HostName=h");
  ASSERT_TRUE(keyless);
  EXPECT_FALSE(keyless->is_masked);
  EXPECT_EQ(to_masked_text(*keyless), "HostName=h");
  EXPECT_EQ(base::text_view(to_text(*keyless).reveal()), "HostName=h");
}

TEST(ConnectionString, TakesFieldsInAnyOrderAndCase) {
  for (const char* text : {"hostname=h;sharedaccesskey=AA==;sharedaccesskeyname=n",
                           "SharedAccessKeyName=n;HOSTNAME=h;SharedAccessKey=AA==;"})
    EXPECT_EQ(outcome(text), "done") << text;
}

TEST(ConnectionString, RefusesWhatNoHubCanBeReachedBy) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "connection string: HostName is missing"},
      {"HostName=", "connection string: HostName is missing"},
      {"hub.azure-devices.net", "connection string: a field without a value"},
      {"HostName=h;SharedAccessKey=AA==", "connection string: SharedAccessKeyName and SharedAccessKey go together"},
      {"HostName=h;SharedAccessKeyName=n", "connection string: SharedAccessKeyName and SharedAccessKey go together"},
      {"HostName=h;SharedAccessKeyName=;SharedAccessKey=AA==", "connection string: SharedAccessKeyName is empty"},
      {"HostName=h;SharedAccessKeyName=n;SharedAccessKey=", "connection string: SharedAccessKey is not base64"},
      {"HostName=h;SharedAccessKeyName=n;SharedAccessKey=secret!", "connection string: SharedAccessKey is not base64"},
      {"HostName=h;HostName=i", "connection string: a field stands twice"},
      {"HostName=h;DeviceId=d",
       "connection string: it has other fields than HostName, SharedAccessKeyName and SharedAccessKey"},
  };
  for (const auto& [text, refusal] : cases) EXPECT_EQ(outcome(text), refusal) << text;
}

TEST(ConnectionString, IsBounded) {
  EXPECT_EQ(outcome("HostName=" + std::string(connection_string_size_max - 9, 'h')), "done");
  EXPECT_EQ(outcome("HostName=" + std::string(connection_string_size_max - 8, 'h')),
            "connection string: longer than 1024 characters");
}

}  // namespace
}  // namespace muster::codec
