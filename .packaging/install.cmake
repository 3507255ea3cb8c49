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

# The manual and the completions are what the programs themselves print.
set(LASTGOOD_MANUAL_PROGRAM "" CACHE FILEPATH "A lastgood that runs on this machine, where the one that is built does not")
set(teller ${LASTGOOD_MANUAL_PROGRAM})
if(NOT teller)
  set(teller $<TARGET_FILE:lastgood>)
endif()

# lastgood_prints(OUTPUT ARGUMENT...) makes OUTPUT of what `lastgood ARGUMENT...` prints.
function(lastgood_prints output)
  add_custom_command(OUTPUT ${output} DEPENDS lastgood VERBATIM
                     COMMAND sh -c "\"$@\" >\"$0.new\" && mv \"$0.new\" \"$0\"" ${output} ${teller} ${ARGN})
endfunction()

set(documents ${PROJECT_BINARY_DIR}/documents)
set(pages "")
foreach(program lastgood lastgood-backup-capture lastgood-migrate lastgood-verify lastgood-rollback)
  lastgood_prints(${documents}/${program}.1 manual ${program})
  lastgood_gzip(${documents}/${program}.1 ${documents}/${program}.1)
  list(APPEND pages ${documents}/${program}.1.gz)
endforeach()
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(completions "")
# lastgood_completion(SHELL DIRECTORY NAME): where each shell looks for it.
function(lastgood_completion shell directory name)
  lastgood_prints(${documents}/${shell}/${name} completion ${shell})
  file(MAKE_DIRECTORY ${documents}/${shell})
  install(FILES ${documents}/${shell}/${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/${directory})
  set(completions ${completions} ${documents}/${shell}/${name} PARENT_SCOPE)
endfunction()
lastgood_completion(bash bash-completion/completions lastgood)
lastgood_completion(zsh zsh/vendor-completions _lastgood)
lastgood_completion(fish fish/vendor_completions.d lastgood.fish)
# bash and fish look for a file of the command's own name.
foreach(program lastgood-backup-capture lastgood-migrate lastgood-verify lastgood-rollback)
  lastgood_completion(bash bash-completion/completions ${program})
  lastgood_completion(fish fish/vendor_completions.d ${program}.fish)
endforeach()

add_custom_target(lastgood-manuals ALL DEPENDS ${pages} ${completions})
add_dependencies(lastgood-documents lastgood-manuals)
