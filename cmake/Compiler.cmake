# The compiler's settings for our own targets; third party comes in as SYSTEM and is not warned about.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_options(-pthread)  # everywhere: some libraries ask for it, and a precompiled header serves only code compiled alike

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "Callboard is built with clang-19: use a preset (cmake --preset release)")
endif()

# Paths below the tree count as relative, so that a second clone finds what the first one compiled.
find_program(CALLBOARD_CCACHE ccache)
if(CALLBOARD_CCACHE)
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${CALLBOARD_CCACHE}")
  add_compile_options(-Xclang -fno-pch-timestamp)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_link_options(-fuse-ld=lld-19)
if(CALLBOARD_SANITIZE)
  add_compile_options(-fsanitize=${CALLBOARD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CALLBOARD_SANITIZE})
endif()
if(CALLBOARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_library(callboard_warnings INTERFACE)
target_compile_options(callboard_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror)
