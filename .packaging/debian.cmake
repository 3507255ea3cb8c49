# The .deb: cpack --preset release.
set(LASTGOOD_MAINTAINER "" CACHE STRING "Who answers for the .deb: NAME <ADDRESS>; unless given, who made the commit that is built")
if(NOT LASTGOOD_MAINTAINER)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} log -1 "--format=%cn <%ce>"
                  OUTPUT_VARIABLE LASTGOOD_MAINTAINER OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_SOURCE_DIR}/build/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "migrate a PostgreSQL database so that the release can be taken back")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "lastgood takes a restore point of a production PostgreSQL database, proves it
by restoring it, migrates under guard, and verifies. When the verdict is bad
it returns code and data together to the last good pair: a commit, and the
database that fits it.
.
Five programs, run by a CI job or by hand; no daemon.")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${LASTGOOD_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Programs that a pipeline may want, and certificates for a store or a remote over HTTPS.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql-client, git, age, pgbackrest, awscli")

# Debian's own changelog says how the package came to be; ours is the one beside it.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/documents/changelog.Debian CONTENT
"lastgood (${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Built from the source of ${PROJECT_VERSION}; changelog.gz says what is new.

 -- ${LASTGOOD_MAINTAINER}  ${date}
")
lastgood_gzip(${PROJECT_BINARY_DIR}/documents/changelog.Debian ${PROJECT_BINARY_DIR}/documents/changelog.Debian)
add_custom_target(lastgood-changelog ALL DEPENDS ${PROJECT_BINARY_DIR}/documents/changelog.Debian.gz)
install(FILES ${PROJECT_BINARY_DIR}/documents/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT debian EXCLUDE_FROM_ALL)
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)

include(CPack)
