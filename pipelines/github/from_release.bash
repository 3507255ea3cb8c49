# from_release HOW: delivers the programs of a release from the tool cache, or downloads them into it. Comes back, with the
# reason in `why`, where no release is to be had; a wrong checksum is an error, and never a reason to go on.
from_release() {
    local asset="lastgood-$version-linux-x86_64.tar.gz" expected place url status=0 anew=""
    if [ "$(uname -sm)" != 'Linux x86_64' ]; then why="there is no release for $(uname -sm)"; return; fi
    expected=$(sed -nE "s/^([0-9a-f]{64})  ${asset//./\\.}\$/\1/p" "$here/checksums.txt")
    # Without a sum the network would decide what runs here.
    if [ -z "$expected" ]; then why="$asset is not in the action's checksums.txt, so it is not downloaded"; return; fi

    place=$cache/$version/x64
    if [ "$(cat "$place.complete" 2>/dev/null)" = "$expected" ] && [ -d "$place" ]; then
        if why=$(why_unfit "$place/bin"); then deliver "$place/bin" "from the tool cache"; fi
        say "$why: fetching it again"
        anew=replace
    fi

    if [ -n "${LASTGOOD_INPUT_MIRROR_URL:-}" ]; then
        url=${LASTGOOD_INPUT_MIRROR_URL%/}
    elif [ -n "${LASTGOOD_INPUT_REPOSITORY:-}" ]; then
        # Where the job runs says nothing: a server of one's own fetches actions from there too.
        url=https://github.com/$LASTGOOD_INPUT_REPOSITORY/releases/download
    else
        why="the action is used from the workspace and no mirror-url is given"
        return
    fi
    [[ $url =~ ^https?://[^[:space:][:cntrl:]]+$ ]] || fail 2 "that is no address of a mirror: \"$(shown "$url")\"" "with: { mirror-url: https://HOST/PATH }"
    url=$url/v$version/$asset
    say "downloading $(shown "$url")"
    download "$url" "$scratch/$asset" || status=$?
    if [ "$status" != 0 ]; then why="$(shown "$url") cannot be had ($(download_error "$status"))"; return; fi
    check_sum "$scratch/$asset" "$expected" "$url"
    unpack "$scratch/$asset" "$place" "$expected" "$anew"
    why=$(why_unfit "$place/bin") || fail 3 "$why" "install it, or with: { install: build }"
    deliver "$place/bin" "from the release"
}

# Without a byte for this long an attempt is given up; there are three.
patience=${LASTGOOD_DOWNLOAD_PATIENCE:-20}
download() {  # URL FILE
    interruptible curl --silent --show-error --fail --location --proto '=http,https' --connect-timeout "$patience" --speed-limit 1 \
        --speed-time "$patience" --max-time 600 --retry 2 --retry-delay 1 --retry-connrefused --output "$2" -- "$1"
}

download_error() {  # EXIT-STATUS of curl
    case "$1" in
        6) echo "the host is not known" ;;
        7) echo "the connection was refused" ;;
        22) echo "the server says no" ;;
        28) echo "no answer in $patience s" ;;
        *) echo "curl: exit $1" ;;
    esac
}

check_sum() {  # FILE EXPECTED URL
    local received
    received=$(sha256sum "$1" | cut -d ' ' -f 1)
    [ "$received" = "$2" ] || fail 4 "the asset is not the one that this action was released with" \
        "find out who put it there; with: { install: build } does without it" "$(shown "$3"): expected $2, received $received"
    say "SHA-256 $received, as listed"
}

# Complete under another name first: other jobs share the cache.
unpack() {  # ARCHIVE PLACE SUM [replace]
    mkdir -p "$(dirname "$2")"
    fresh=$(mktemp -d "$2.XXXXXX")
    tar --extract --gzip --file "$1" --directory "$fresh" --no-same-owner --strip-components 1 "lastgood-$version" ||
        fail 4 "the asset does not unpack into lastgood-$version" "report it; with: { install: build } does without it"
    chmod 755 "$fresh"
    publish "$fresh" "$2" "$3" "${4:-}"
}

# Programs that run find each other by their directory: what another job put there stays, and what has to give way is moved
# aside, never removed.
publish() {  # FRESH PLACE MARK [replace]: puts the fresh directory into its place
    local old
    if [ -z "${4:-}" ] && [ -d "$2" ] && [ "$(cat "$2.complete" 2>/dev/null)" = "$3" ]; then rm -rf "$1"; fresh=''; return; fi
    if [ -e "$2" ]; then
        old=$(mktemp -d "$2.old.XXXXXX")
        mv -T "$2" "$old"
    fi
    # Another job may have been faster; what it put there is the same.
    mv -T "$1" "$2" 2>/dev/null || rm -rf "$1"
    fresh=''
    printf '%s\n' "$3" > "$2.complete"
}
