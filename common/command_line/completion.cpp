#include "command_line/completion.hpp"

#include "command_line/table.hpp"

#include <functional>

namespace lastgood {

namespace {

/// Where one stands on a command line: the words so far ("lastgood backups prune") and what may follow.
struct Place {
    std::string words;
    const CommandRow* row;
};

void collect(const CommandRow& row, const std::string& words, std::vector<Place>& places) {
    places.push_back({words, &row});
    for (const auto& command : row.commands) {
        if (!command.hands_over) {
            collect(command, words + " " + command.name, places);
            continue;
        }
        places.push_back({words + " " + command.name, &program("lastgood-" + command.name)});
    }
}

std::vector<Place> all_places() {
    std::vector<Place> places;
    for (const auto& row : programs()) collect(row, row.name, places);
    return places;
}

std::vector<OptionRow> options_of(const CommandRow& row) {
    std::vector<OptionRow> all = row.options;
    all.insert(all.end(), common_options().begin(), common_options().end());
    all.push_back({"--help", "print help and exit"});
    all.push_back({"--version", "print the version and exit"});
    return all;
}

std::string joined(const std::vector<std::string>& words) {
    std::string list;
    for (const auto& word : words) list += (list.empty() ? "" : " ") + word;
    return list;
}

std::vector<std::string> names_of(const CommandRow& row) {
    std::vector<std::string> names;
    for (const auto& command : row.commands) names.push_back(command.name);
    for (const auto& option : options_of(row)) names.push_back(option.name);
    return names;
}

/// In single quotes, for all three shells.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) c == '\'' ? result += R"('\'')" : result += c;
    return result + "'";
}

/// One row per option of any place, each name once: the same name takes the same kind of value everywhere but for
/// "--to", a directory for one command and a run for another.
void for_each_value(const std::function<void(const Place&, const OptionRow&)>& call) {
    for (const auto& place : all_places())
        for (const auto& option : place.row->options)
            if (!option.value.empty()) call(place, option);
}

/// The part that bash and zsh share: which command the words before the cursor make.
std::string known_commands() {
    std::string patterns;
    for (const auto& place : all_places())
        if (place.words.find(' ') != std::string::npos)
            patterns += (patterns.empty() ? "" : " | ") + quoted(place.words);
    return patterns;
}

}  // namespace

std::string bash_completion() {
    std::string script =
        "# bash completion for lastgood; made by: lastgood completion bash\n"
        "_lastgood() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[0]##*/} "
        "i\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case \"$command ${COMP_WORDS[i]}\" in\n"
        "            " +
        known_commands() +
        ") command+=\" ${COMP_WORDS[i]}\" ;;\n"
        "        esac\n"
        "    done\n"
        "    COMPREPLY=()\n"
        "    case \"$command $before\" in\n";
    const auto put = [&script](const std::string& pattern, const OptionRow& option) {
        script += "        " + pattern + ") ";
        if (!option.choices.empty())
            script += "mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(option.choices)) + " -- \"$current\"); ";
        else if (option.completes == Completes::file)
            script += "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames 2>/dev/null; ";
        else if (option.completes == Completes::directory)
            script += "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); compopt -o filenames 2>/dev/null; ";
        script += "return ;;\n";
    };
    for_each_value(
        [&](const Place& place, const OptionRow& option) { put(quoted(place.words + " " + option.name), option); });
    for (const auto& option : common_options())
        if (!option.value.empty()) put("*' " + option.name + "'", option);
    script += "    esac\n    local words=''\n    case \"$command\" in\n";
    for (const auto& place : all_places())
        script += "        " + quoted(place.words) + ") words=" + quoted(joined(names_of(*place.row))) + " ;;\n";
    script +=
        "    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
        "}\n";
    std::string names;
    for (const auto& row : programs()) names += " " + row.name;
    return script + "complete -F _lastgood" + names + "\n";
}

std::string zsh_completion() {
    std::string names;
    for (const auto& row : programs()) names += " " + row.name;
    std::string script = "#compdef" + names +
                         "\n# zsh completion for lastgood; made by: lastgood completion zsh\n"
                         "_lastgood() {\n"
                         "    local command=${words[1]:t} before=${words[CURRENT-1]} word\n"
                         "    local -a entries\n"
                         "    for word in ${words[2,CURRENT-1]}; do\n"
                         "        case \"$command $word\" in\n"
                         "            (" +
                         known_commands() +
                         ") command+=\" $word\" ;;\n"
                         "        esac\n"
                         "    done\n"
                         "    case \"$command $before\" in\n";
    const auto put = [&script](const std::string& pattern, const OptionRow& option) {
        script += "        (" + pattern + ") ";
        if (!option.choices.empty())
            script += "compadd -- " + joined(option.choices);
        else if (option.completes == Completes::file)
            script += "_files";
        else if (option.completes == Completes::directory)
            script += "_files -/";
        else
            script += "_message " + quoted(option.value);
        script += "; return ;;\n";
    };
    for_each_value(
        [&](const Place& place, const OptionRow& option) { put(quoted(place.words + " " + option.name), option); });
    for (const auto& option : common_options())
        if (!option.value.empty()) put("*' " + option.name + "'", option);
    script += "    esac\n    case \"$command\" in\n";
    const auto entry = [](const std::string& name, const std::string& text) {
        std::string escaped;
        for (const char c : text) escaped += c == ':' ? "\\:" : std::string(1, c);
        return " " + quoted(name + ":" + escaped);
    };
    for (const auto& place : all_places()) {
        script += "        (" + quoted(place.words) + ") entries=(";
        for (const auto& command : place.row->commands) script += entry(command.name, command.text);
        for (const auto& option : options_of(*place.row)) script += entry(option.name, option.text);
        script += ") ;;\n";
    }
    return script +
           "    esac\n"
           "    _describe lastgood entries\n"
           "}\n"
           "compdef _lastgood" +
           names +
           "\n"
           "# Autoloaded, the first call is of this file.\n"
           "if [[ $funcstack[1] == _lastgood ]]; then _lastgood \"$@\"; fi\n";
}

std::string fish_completion() {
    std::string script =
        "# fish completion for lastgood; made by: lastgood completion fish\n"
        "function __lastgood_at\n"
        "    set -l tokens (commandline -opc)\n"
        "    set -l command (basename -- $tokens[1])\n"
        "    for token in $tokens[2..-1]\n"
        "        switch \"$command $token\"\n"
        "            case";
    for (const auto& place : all_places())
        if (place.words.find(' ') != std::string::npos) script += " " + quoted(place.words);
    script +=
        "\n"
        "                set command \"$command $token\"\n"
        "        end\n"
        "    end\n"
        "    test \"$command\" = \"$argv[1]\"\n"
        "end\n";
    for (const auto& place : all_places()) {
        const std::string executable = place.words.substr(0, place.words.find(' '));
        const std::string where = "complete -c " + executable + " -n " + quoted("__lastgood_at " + quoted(place.words));
        script += where + " -f\n";
        for (const auto& command : place.row->commands)
            script += where + " -a " + quoted(command.name) + " -d " + quoted(command.text) + "\n";
        for (const auto& option : options_of(*place.row)) {
            script += where + " -l " + option.name.substr(2) + " -d " + quoted(option.text);
            if (!option.choices.empty())
                script += " -x -a " + quoted(joined(option.choices));
            else if (option.completes == Completes::file)
                script += " -r -F";
            else if (option.completes == Completes::directory)
                script += " -x -a '(__fish_complete_directories)'";
            else if (!option.value.empty())
                script += " -x";
            script += "\n";
        }
    }
    return script;
}

}  // namespace lastgood
