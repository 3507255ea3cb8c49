# interruptible COMMAND...: runs it beside this shell and waits. A cancel signals only this shell, and one that waits for a
# child in front of it hears nothing until the child is done.
child=''
interruptible() {
    "$@" &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=''
    return "$status"
}
end_child() {  # EXIT-STATUS
    [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
    [ -z "$child" ] || wait "$child" 2>/dev/null || true
    exit "$1"
}
trap 'end_child 130' INT
trap 'end_child 143' TERM
trap 'end_child 129' HUP
