// Real payloads of others through the whole path: npm @octokit/webhooks-examples, fetched by name and
// version.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/integration/house.hpp"

namespace callboard::test {
namespace {

namespace fs = std::filesystem;

/// The examples; fails the test, and never skips it, where they can't be had.
Value fetch_examples(const fs::path& folder) {
  const std::string command =
      "cd " + folder.string() +
      " && npm pack --ignore-scripts --silent @octokit/webhooks-examples@7.6.1 >pack.log 2>&1"
      " && tar -xzf octokit-webhooks-examples-7.6.1.tgz";
  EXPECT_EQ(system(command.c_str()), 0)
      << "npm must be there and reach its registry; see " << folder / "pack.log";
  std::ifstream in(folder / "package/api.github.com/index.json", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  auto examples = read_json(bytes);
  EXPECT_TRUE(examples.has_value());
  return examples ? std::move(*examples) : Value(Array());
}

TEST(Octokit, EveryExampleIsTakenInAndMatched) {
  std::string pattern = (fs::temp_directory_path() / "callboard-octokit-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  const Value examples = fetch_examples(folder);
  House house;
  house.start_all();
  ASSERT_EQ(house.register_workflow("name: pulls\non: {github: [pull_request]}\n"
                                    "steps: [{key: a, type: echo, params: {n: \"${{ event.number }}\"}}]\n"),
            201);
  int sent = 0, started = 0;
  for (const Value& kind : examples.as_array()) {
    const std::string name(find_text(&kind, "name"));
    for (const Value& payload : kind.at("examples").as_array()) {
      const auto answer = house.deliver(name, "octokit-" + std::to_string(++sent), write_json(payload));
      ASSERT_EQ(answer.status, 202) << name << " " << answer.body;
      const Value arrived = json_of(answer);
      for (const Value& run : arrived.at("runs").as_array()) {
        ++started;
        const Value closed = house.wait_for_run(std::string(run.as_string()));
        EXPECT_EQ(find_text(&closed, "state"), "completed") << write_json(closed);
        EXPECT_EQ(closed.at("steps").as_array()[0].at("result").at("n"), payload.at("number"));
      }
    }
  }
  EXPECT_GT(sent, 300);
  EXPECT_GT(started, 10);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace callboard::test
