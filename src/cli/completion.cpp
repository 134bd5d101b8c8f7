#include "cli/completion.hpp"

namespace muster::cli {
namespace {

/// `"muster" | "muster audit"`: the commands that the words so far may make.
std::string known_paths(const std::vector<CommandWords>& commands, std::string_view separator) {
  std::string paths;
  for (const auto& command : commands) {
    if (command.path.empty()) continue;
    if (!paths.empty()) paths += separator;
    paths += "\"muster " + command.path + "\"";
  }
  return paths;
}

std::string full_path(const CommandWords& command) {
  return command.path.empty() ? std::string("muster") : "muster " + command.path;
}

std::string words_of(const CommandWords& command) {
  std::string words;
  for (const auto* list : {&command.subcommands, &command.options})
    for (const auto& word : *list) words += (words.empty() ? "" : " ") + word;
  return words;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::string script =
      "# muster completion bash > /etc/bash_completion.d/muster\n"
      "_muster() {\n"
      "  local command=muster words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$command ${COMP_WORDS[i]}\" in\n"
      "      " +
      known_paths(commands, " | ") +
      ") command=\"$command ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n";
  for (const auto& command : commands)
    script += "    \"" + full_path(command) + "\") words=\"" + words_of(command) + "\" ;;\n";
  return script +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _muster muster\n";
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
  std::string script =
      "#compdef muster\n"
      "# muster completion zsh > \"${fpath[1]}/_muster\"\n"
      "_muster() {\n"
      "  local command=muster word\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    case \"$command $word\" in\n"
      "      (" +
      known_paths(commands, " | ") +
      ") command=\"$command $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n";
  for (const auto& command : commands)
    script += "    (\"" + full_path(command) + "\") compadd -- " + words_of(command) + " ;;\n";
  return script +
         "  esac\n"
         "  [[ \"$PREFIX\" == -* ]] || _files\n"
         "}\n"
         "compdef _muster muster\n";
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string script =
      "# muster completion fish > ~/.config/fish/completions/muster.fish\n"
      "function __muster_command\n"
      "  set -l command muster\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$command $word\"\n"
      "      case " +
      known_paths(commands, " ") +
      "\n"
      "        set command \"$command $word\"\n"
      "    end\n"
      "  end\n"
      "  echo $command\n"
      "end\n";
  for (const auto& command : commands)
    script += "complete -c muster -n 'test (__muster_command) = \"" + full_path(command) + "\"' -a '" +
              words_of(command) + "'\n";
  return script;
}

}  // namespace

std::string completion_script(std::string_view shell, const std::vector<CommandWords>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return {};
}

}  // namespace muster::cli
