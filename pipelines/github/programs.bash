# The programs in a directory: all of one version, and able to start here.
programs=(lastgood lastgood-backup-capture lastgood-migrate lastgood-verify lastgood-rollback)

# why_unfit DIRECTORY: true if it holds the programs of $version; otherwise false, and says why not.
why_unfit() {
    local directory=$1 program said
    for program in "${programs[@]}"; do
        [ -x "$directory/$program" ] || { echo "$(shown "$directory/$program") is missing"; return 1; }
        said=$("$directory/$program" --version 2>&1) || {
            # The loader's own words; they name the library.
            [[ $said != *'loading shared libraries'* ]] || { missing_library "$said"; return 1; }
            echo "$(shown "$directory/$program") does not start: $(shown "${said:0:200}")"
            return 1
        }
        [ "$said" = "$program $version" ] || { echo "$(shown "$directory") holds $(shown "${said:0:80}"), not $version"; return 1; }
    done
}

missing_library() {  # WHAT-THE-LOADER-SAID
    local library package=''
    library=$(sed -nE 's/.*shared libraries: ([^: ]+):.*/\1/p' <<<"$1")
    case "$library" in
        libpq.so.5) package=libpq5 ;;
        libssl.so.3 | libcrypto.so.3) package=libssl3 ;;
        libcurl.so.4) package=libcurl4 ;;
    esac
    printf 'this machine lacks %s' "$(shown "${library:-a library}")"
    [ -z "$package" ] || printf ', of the Debian and Ubuntu package %s (sudo apt-get install %s)' "$package" "$package"
}
