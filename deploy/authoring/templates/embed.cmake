# Writes a C++ source that holds the templates, so that the command needs no files beside it.
# cmake -DOUT=file.cpp -DFILES="a.yaml;b.yaml" -P embed.cmake
set(text "#include \"deploy/authoring/templates.hpp\"\n\nnamespace callboard::authoring {\n\n")
string(APPEND text "std::vector<StartingPoint> starting_points() {\n  return {\n")
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" yaml)
  string(REGEX MATCH "^# ([^\n]*)" first "${yaml}")
  set(summary "${CMAKE_MATCH_1}")
  string(APPEND text "      {\"${name}\", R\"yaml(${summary})yaml\", R\"yaml(${yaml})yaml\"},\n")
endforeach()
string(APPEND text "  };\n}\n\n}  // namespace callboard::authoring\n")
file(WRITE "${OUT}" "${text}")
