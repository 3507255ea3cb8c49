# The programs of the tarball: the libraries of others linked statically, where Debian has an archive and its licence lets us.
# Dynamic stay glibc, libpq, and what every libpq brings along and a process should have once: OpenSSL and GSSAPI. They are
# the machine's own, and so are their certificates, their settings and their mending.
set(LASTGOOD_CURL "" CACHE FILEPATH "libcurl.a with HTTP and HTTPS only; .packaging/curl builds it")
if(NOT EXISTS "${LASTGOOD_CURL}")
  message(FATAL_ERROR "LASTGOOD_CURL (\"${LASTGOOD_CURL}\") is not there; build it first: .packaging/curl")
endif()

# lastgood_links(CURL::libcurl FILE [MORE...]) links these wherever the target is linked.
function(lastgood_links target file)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL INTERFACE_LIBRARY)
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${file};${ARGN}")
    return()
  endif()
  get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
  foreach(configuration IN LISTS configurations)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${configuration} ${file})
  endforeach()
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${file} INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

# lastgood_archives(ZLIB::ZLIB libz.a [MORE...]): the same with files of Debian's.
function(lastgood_archives target)
  set(files "")
  foreach(name IN LISTS ARGN)
    find_library(file NAMES ${name} REQUIRED NO_CACHE)
    list(APPEND files ${file})
    unset(file)
  endforeach()
  lastgood_links(${target} ${files})
endfunction()

lastgood_archives(ZLIB::ZLIB libz.a)
lastgood_archives(PkgConfig::ZSTD libzstd.a)
lastgood_archives(PkgConfig::PQXX libpqxx.a)
lastgood_archives(yaml-cpp libyaml-cpp.a)
lastgood_archives(PkgConfig::LIBGIT2 libgit2.a libmbedtls.a libmbedx509.a libmbedcrypto.a libhttp_parser.a libssh2.a libpcre2-8.a
                                     libz.a libcrypto.so libgssapi_krb5.so.2)
lastgood_links(CURL::libcurl ${LASTGOOD_CURL} OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
# Debian has no archive of fmt; its headers can do without.
set_target_properties(spdlog::spdlog_header_only PROPERTIES INTERFACE_LINK_LIBRARIES "Threads::Threads;fmt::fmt-header-only")

# What an archive brings is not exported, so that no library of the machine is bound to it by its name.
target_link_options(lastgood_settings INTERFACE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,--as-needed)
