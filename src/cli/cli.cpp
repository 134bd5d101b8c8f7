#include "cli/cli.hpp"

#include <exception>
#include <iostream>

#include "cli/command_line.hpp"
#include "cli/failure.hpp"
#include "cli/input.hpp"

namespace muster::cli {
namespace {

int run_remote(const Parsed& parsed) {
  ConnectionOptions connection;
  connection.url = parsed.url;
  connection.ca_file = parsed.ca_file;
  connection.token = read_token(parsed.token_file);
  const auto server = connect(std::move(connection));
  Api api(*server, parsed.tenant);
  Output output(std::cout, parsed.json);
  Session session{api, output};
  parsed.command(session);
  return static_cast<int>(ExitCode::done);
}

}  // namespace

int run(int argc, char** argv, std::span<const LocalCommand> local_commands) {
  try {
    const Parsed parsed = parse_command_line(argc, argv, local_commands);
    if (parsed.local) return parsed.local();
    return parsed.command ? run_remote(parsed) : parsed.exit_code;
  } catch (const Failure& failure) {
    std::cerr << "muster: " << failure.what() << '\n';
    return static_cast<int>(failure.code());
  } catch (const std::exception& fault) {
    std::cerr << "muster: " << fault.what() << '\n';
    return static_cast<int>(ExitCode::input);
  }
}

}  // namespace muster::cli
