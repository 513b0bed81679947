#include "tests/unit/workflow/asked.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shared/value/write.hpp"
#include "shared/workflow/schema.hpp"

namespace callboard::workflow {

std::vector<bool> ask_validator(const std::vector<Document>& documents) {
  std::string folder = testing::TempDir() + "schema-XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/schema.json") << write_json(workflow_schema());
  {
    std::ofstream out(folder + "/documents");
    for (const Document& document : documents) out << write_json(document.value) << "\n";
  }
  const std::string command = "python3 " CALLBOARD_SOURCE "/tests/unit/workflow/schema_test.py " + folder +
                              "/schema.json " + folder + "/documents >" + folder + "/said";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe): one thread
  std::vector<bool> out;
  std::ifstream said(folder + "/said");
  for (std::string line; std::getline(said, line);) out.push_back(line == "valid");
  std::filesystem::remove_all(folder);
  return out;
}

}  // namespace callboard::workflow
