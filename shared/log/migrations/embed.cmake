# Writes a C++ source that holds the migrations, so that no program needs their files when it runs.
# cmake -DOUT=file.cpp -DFILES="a.sql;b.sql" -P embed.cmake
set(text "#include \"shared/log/postgres/migrations.hpp\"\n\nnamespace callboard::log {\n\n")
string(APPEND text "std::vector<Migration> migrations() {\n  return {\n")
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX MATCH "^[0-9]+" number "${name}")
  string(REGEX REPLACE "^0+" "" number "${number}")
  file(READ "${file}" sql)
  string(APPEND text "      {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
string(APPEND text "  };\n}\n\n}  // namespace callboard::log\n")
file(WRITE "${OUT}" "${text}")
