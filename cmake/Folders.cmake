# One target a folder, so that an include against the arrows fails to compile: a folder's headers are reached only
# through the root's include path, and tests/tidy checks every include against the table in its README.

# callboard_folders(FOLDER…): adds those that have a CMakeLists.txt
function(callboard_folders)
  foreach(folder ${ARGN})
    if(EXISTS "${CMAKE_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()

# The standard library and the JSON value, compiled once: half of what a file costs otherwise. Nothing of ours stands in
# it, so that it never changes, and every file still includes what it uses.
add_library(callboard_prelude STATIC "${CMAKE_SOURCE_DIR}/cmake/prelude.cpp")
target_link_libraries(callboard_prelude PRIVATE third::boost callboard_warnings)
target_precompile_headers(callboard_prelude PRIVATE "${CMAKE_SOURCE_DIR}/cmake/prelude.hpp")

# callboard_library(NAME SOURCES file… LINKS target…): the library of the folder that calls it
function(callboard_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE callboard_warnings)
  target_precompile_headers(${name} REUSE_FROM callboard_prelude)
endfunction()

# A precompiled header serves only code compiled alike, and CMake compiles programs with -fPIE.
function(callboard_prelude_of_library program)
  set_target_properties(${program} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${program} PRIVATE -fPIC)
  target_precompile_headers(${program} REUSE_FROM callboard_prelude)
endfunction()

# callboard_program(NAME SOURCES file… LINKS target…): an executable in CALLBOARD_BIN
function(callboard_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} callboard_warnings)
  callboard_prelude_of_library(${name})
  target_compile_definitions(${name} PRIVATE CALLBOARD_VERSION="${PROJECT_VERSION}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CALLBOARD_BIN}")
endfunction()

# callboard_test(NAME LABEL label SOURCES file… LINKS target…): a GoogleTest program, one ctest entry, with a label
# (unit, contract, sim, integration, fault) that `tests/run LABEL` selects.
function(callboard_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} callboard_warnings third::gtest)
  callboard_prelude_of_library(${name})
  target_compile_definitions(${name} PRIVATE CALLBOARD_SOURCE="${CMAKE_SOURCE_DIR}" CALLBOARD_BIN="${CALLBOARD_BIN}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600)
endfunction()
