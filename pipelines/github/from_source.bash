# from_source: builds the programs from the source that the action came with, and keeps them in the tool cache under the
# digest of that source. Does not come back.
from_source() {
    [ "$version" = "$own_version" ] || fail 3 "this action holds the source of $own_version, not of $version" "leave out version, or use the action of that version"
    local digest place
    digest=$(cd "$action" && find CMakeLists.txt CMakePresets.json .packaging common steps -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16)
    place=$cache/$version-source-$digest/$(uname -m)
    if [ -e "$place.complete" ] && why=$(why_unfit "$place"); then deliver "$place" "built by an earlier job"; fi

    say "building $version from source, which takes minutes; install: release does not"
    interruptible "$action/tests/setup" programs || fail 3 "what the build needs could not be installed" "install the packages named above, or use a release"
    interruptible cmake -S "$action" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DLASTGOOD_TESTS=OFF > "$scratch/log" 2>&1 || build_failed
    # ninja itself, not cmake --build: it ends its compilers when it is ended.
    interruptible ninja -C "$scratch/build" lastgood-programs > "$scratch/log" 2>&1 || build_failed
    mkdir -p "$(dirname "$place")"
    fresh=$(mktemp -d "$place.XXXXXX")
    chmod 755 "$fresh"
    cp "${programs[@]/#/$scratch/build/bin/}" "$fresh/"
    publish "$fresh" "$place" "$digest" replace
    why=$(why_unfit "$place") || fail 4 "$why" "report it, with the output above"
    deliver "$place" "built from source"
}

build_failed() {
    # Foreign words: a compiler's lines may look like workflow commands.
    tail -n 30 "$scratch/log" | while IFS= read -r line; do printf '  %s\n' "$(shown "$line")"; done >&2
    fail 4 "the build from source failed" "read the compiler's words above; a release needs no build"
}
