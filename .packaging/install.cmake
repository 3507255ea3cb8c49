# What `cmake --install` installs, and the .deb and the tarball with it.
include(GNUInstallDirs)

install(TARGETS lastgood lastgood-backup-capture lastgood-migrate lastgood-verify lastgood-rollback RUNTIME)

file(GLOB pipelines CONFIGURE_DEPENDS pipelines/*.yaml)
install(FILES ${pipelines} pipelines/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/lastgood/pipelines)
install(FILES pipelines/schema/pipeline.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/lastgood/pipelines/schema)
install(FILES .packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

# lastgood_gzip(OUTPUT FILE) makes OUTPUT.gz of FILE, the same bytes each time.
function(lastgood_gzip output file)
  add_custom_command(OUTPUT ${output}.gz DEPENDS ${file} VERBATIM
                     COMMAND sh -c "gzip -9nc \"$1\" >\"$2\"" - ${file} ${output}.gz)
endfunction()

lastgood_gzip(${PROJECT_BINARY_DIR}/documents/changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
add_custom_target(lastgood-documents ALL DEPENDS ${PROJECT_BINARY_DIR}/documents/changelog.gz)
install(FILES ${PROJECT_BINARY_DIR}/documents/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
