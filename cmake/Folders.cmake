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
# it, so that it never changes, and every file still includes what it uses. Named to the compiler by one option, and to
# ccache by a sum of what it is made of: its bytes hold the path of the tree, and no other tree would find anything.
add_library(callboard_prelude STATIC "${CMAKE_SOURCE_DIR}/cmake/prelude.cpp")
target_link_libraries(callboard_prelude PRIVATE third::boost callboard_warnings)
target_precompile_headers(callboard_prelude PRIVATE "${CMAKE_SOURCE_DIR}/cmake/prelude.hpp")
set(prelude "${CMAKE_BINARY_DIR}/CMakeFiles/callboard_prelude.dir/cmake_pch.hxx.pch")
file(SHA256 "${CMAKE_SOURCE_DIR}/cmake/prelude.hpp" sum)
file(CONFIGURE OUTPUT "${prelude}.sum" CONTENT "${sum} ${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION}\n")

function(callboard_use_prelude target)
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS "${prelude}")
  target_compile_options(${target} PRIVATE "SHELL:-include-pch ${prelude}")
endfunction()

# callboard_library(NAME SOURCES file… LINKS target…): the library of the folder that calls it
function(callboard_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE callboard_warnings)
  callboard_use_prelude(${name})
endfunction()

# A precompiled header serves only code compiled alike, and CMake compiles programs with -fPIE.
function(callboard_prelude_of_library program)
  set_target_properties(${program} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${program} PRIVATE -fPIC)
  callboard_use_prelude(${program})
endfunction()

# callboard_program(NAME SOURCES file… LINKS target…): an executable in CALLBOARD_BIN
function(callboard_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE third::allocator ${arg_LINKS} callboard_warnings)
  callboard_prelude_of_library(${name})
  target_compile_definitions(${name} PRIVATE CALLBOARD_VERSION="${PROJECT_VERSION}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CALLBOARD_BIN}")
endfunction()

# callboard_places(file…): tells those that ask where the tree and its programs are. No others: what is compiled with a
# path serves no other tree. A file that begins to ask is seen at the next `cmake --preset`.
function(callboard_places)
  foreach(source ${ARGN})
    file(STRINGS "${source}" asks REGEX "CALLBOARD_(SOURCE|BIN)" LIMIT_COUNT 1)
    if(asks)
      set_property(SOURCE "${source}" PROPERTY COMPILE_DEFINITIONS
        CALLBOARD_SOURCE="${CMAKE_SOURCE_DIR}" CALLBOARD_BIN="${CALLBOARD_BIN}")
    endif()
  endforeach()
endfunction()

# callboard_test(NAME LABEL label SOURCES file… LINKS target…): a GoogleTest program, one ctest entry, with a label
# (unit, contract, sim, integration, fault) that `tests/run LABEL` selects.
function(callboard_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} callboard_warnings third::gtest)
  callboard_prelude_of_library(${name})
  callboard_places(${arg_SOURCES})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600)
endfunction()
