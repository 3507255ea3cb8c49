# split_words TEXT: puts the words of TEXT into the array `words`, as a POSIX shell would split and unquote them. Nothing is
# evaluated: `$`, `*` and backquotes are letters. False where a quote is not closed or nothing follows a backslash.
split_words() {
    local text=$1 word='' quote='' begun=no at letter
    words=()
    for ((at = 0; at < ${#text}; at++)); do
        letter=${text:at:1}
        if [ "$letter" = \\ ] && [ "$quote" != "'" ]; then
            at=$((at + 1))
            [ "$at" -lt "${#text}" ] || return 1
            letter=${text:at:1}
            [ "$letter" != $'\n' ] || continue
            # Between double quotes a backslash is one unless it stands before what it has to protect there.
            [ "$quote" != '"' ] || [[ $letter == [\$\`\"\\] ]] || word+=\\
            word+=$letter begun=yes
        elif [ -n "$quote" ]; then
            if [ "$letter" = "$quote" ]; then quote=''; else word+=$letter; fi
        elif [ "$letter" = "'" ] || [ "$letter" = '"' ]; then
            quote=$letter begun=yes
        elif [[ $letter == [$' \t\n'] ]]; then
            [ "$begun" = no ] || words+=("$word")
            word='' begun=no
        else
            word+=$letter begun=yes
        fi
    done
    [ -z "$quote" ] || return 1
    [ "$begun" = no ] || words+=("$word")
}
