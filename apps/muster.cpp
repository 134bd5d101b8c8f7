// muster: the service and its command line in one program.
#include <string>

#include "cli/cli.hpp"
#include "server/commands.hpp"

namespace {

using muster::cli::LocalArguments;
using muster::cli::LocalCommand;
using Kind = muster::cli::LocalOption::Kind;

std::optional<std::string> text(const LocalArguments& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  if (found == arguments.end()) return std::nullopt;
  return found->second.front();
}

std::string text_or_empty(const LocalArguments& arguments, std::string_view name) {
  return text(arguments, name).value_or(std::string());
}

std::vector<std::string> texts(const LocalArguments& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::uint16_t> port(const LocalArguments& arguments, std::string_view name) {
  const auto number = text(arguments, name);
  if (!number) return std::nullopt;
  return static_cast<std::uint16_t>(std::stoul(*number));
}

muster::server::PortOptions ports(const LocalArguments& arguments) {
  return {.https = port(arguments, "--https"), .mqtt = port(arguments, "--mqtt"), .amqp = port(arguments, "--amqp")};
}

int init(const LocalArguments& arguments) {
  return muster::server::init({.data = text_or_empty(arguments, "--data"),
                               .hosts = texts(arguments, "--host"),
                               .ports = ports(arguments),
                               .json = arguments.contains("--json")});
}

int serve(const LocalArguments& arguments) {
  return muster::server::serve({.data = text_or_empty(arguments, "--data"),
                                .bind = text(arguments, "--bind"),
                                .ports = ports(arguments),
                                .hosts = texts(arguments, "--host")});
}

int audit_verify(const LocalArguments& arguments) {
  return muster::server::audit_verify({.data = text_or_empty(arguments, "--data"),
                                       .file = text_or_empty(arguments, "--file"),
                                       .signer = text_or_empty(arguments, "--signer")});
}

int audit_export(const LocalArguments& arguments) {
  return muster::server::audit_export(
      {.data = text_or_empty(arguments, "--data"), .out = text_or_empty(arguments, "--out")});
}

int token(const LocalArguments& arguments) {
  return muster::server::token({.data = text_or_empty(arguments, "--data"),
                                .name = text_or_empty(arguments, "--name"),
                                .tenant = text_or_empty(arguments, "--tenant"),
                                .platform = arguments.contains("--platform")});
}

}  // namespace

int main(int argc, char** argv) {
  const LocalCommand commands[] = {
      {"init",
       "Create a data directory: CA, server certificate, first tenant, keys",
       "muster init --data /var/lib/muster --host dps.example.com",
       {{"--data", "The directory", Kind::text, true},
        {"--host", "A name or address that clients use (may be repeated; else localhost)", Kind::repeated},
        {"--https", "The port that clients use (else 8443); stands in what is printed", Kind::port},
        {"--mqtt", "The same for MQTT (else 8883)", Kind::port},
        {"--amqp", "The same for AMQP (else 5671)", Kind::port},
        {"--json", "Print what was made as JSON, for scripts", Kind::flag}},
       init},
      {"serve",
       "Serve devices and administrators; makes the data directory where there is none",
       "muster serve --data /var/lib/muster --https 8443",
       {{"--data", "The directory", Kind::text, true},
        {"--bind", "The address to listen on"},
        {"--https", "The port for HTTPS and WebSocket; 0 is any that is free", Kind::port},
        {"--mqtt", "The port for MQTT", Kind::port},
        {"--amqp", "The port for AMQP", Kind::port},
        {"--host", "As of init, for the first start (may be repeated)", Kind::repeated}},
       serve},
      {"token",
       "Make another operator, or the first who administers every tenant",
       "muster token --data /var/lib/muster --name alice\n"
       "  muster token --data /var/lib/muster --name root --platform",
       {{"--data", "The directory", Kind::text, true},
        {"--name", "The new principal's name", Kind::text, true},
        {"--tenant", "Whose operator it is (else the first tenant's)"},
        {"--platform", "Its role is platform: it makes, limits and removes tenants and works in all of them",
         Kind::flag}},
       token},
      {"audit export",
       "Write the whole audit trail, with a signed checkpoint at its end",
       "muster audit export --data /var/lib/muster --out trail.jsonl",
       {{"--data", "The directory", Kind::text, true}, {"--out", "FILE; else the standard output"}},
       audit_export},
      {"audit verify",
       "Check the audit trail of a data directory or of an exported file",
       "muster audit verify --data /var/lib/muster",
       {{"--data", "The directory"},
        {"--file", "An exported file instead"},
        {"--signer", "PEM FILE of the audit certificate; else the directory's own"}},
       audit_verify},
  };
  return muster::cli::run(argc, argv, commands);
}
