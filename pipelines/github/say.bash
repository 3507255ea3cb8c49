# Messages of the action's scripts, in the grammar of the programs: what happened, what was changed, the next command.
# What others wrote goes through `shown` first: neither `::command::` nor `##[command]` of theirs reaches the runner.

say() { printf 'lastgood: %s\n' "$*" >&2; }

shown() {  # TEXT: on one line, printable, without workflow commands
    local text=${1//[^[:print:]]/?}
    text=${text//##[/## [}
    printf '%s' "${text//::/: :}"
}

fail() {  # STATUS WHAT NEXT [DETAIL]
    printf 'lastgood: error: %s\n' "$2" >&2
    [ -z "${4:-}" ] || printf '  detail: %s\n' "$4" >&2
    printf '  changed: nothing\n  next: %s\n' "$3" >&2
    [ "${GITHUB_ACTIONS:-}" != true ] || printf '::error title=lastgood::%s. Next: %s\n' "${2//%/%25}" "${3//%/%25}" >&2
    exit "$1"
}
