#include <set>

#include "tests/contract/log_contract.hpp"

namespace callboard::test {
namespace {

using Definitions = std::vector<log::Definition>;

log::Arrival from_github(log::Delivery delivery, std::vector<log::NewRun> runs) {
  log::Arrival arrival;
  arrival.origin_kind = "github";
  arrival.origin = delivery.external_id;
  arrival.delivery = std::move(delivery);
  arrival.runs = std::move(runs);
  return arrival;
}

}  // namespace

TEST_P(LogContract, AnArrivalMakesDeliveryRunsAndInboxRowsAtOneTime) {
  store_definition();
  auto quiet = make_new_run();
  quiet.inbox = false;
  const log::Arrival arrival = from_github(make_delivery("d-1"), {make_new_run(), quiet});

  const auto arrived = accept(*one_, arrival);

  ASSERT_TRUE(arrived) << arrived.error().message;
  EXPECT_FALSE(arrived->duplicate);
  EXPECT_EQ(arrived->delivery, arrival.delivery->id);
  EXPECT_EQ(arrived->runs, (std::vector<RunId>{arrival.runs[0].id, arrival.runs[1].id}));
  for (const log::NewRun& run : arrival.runs) {
    const auto events = read_run(run.id);
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 1u);
    EXPECT_EQ((*events)[0].key, "d/0");
    EXPECT_EQ((*events)[0].type, run::EventType::run_created);
    EXPECT_EQ((*events)[0].writer, run.writer);
    EXPECT_EQ((*events)[0].data, run.created);
    EXPECT_EQ((*events)[0].at, arrived->at) << "who made the run folds it without reading it";
    const auto head = read_head(run.id);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->phase, run::RunPhase::running);
    EXPECT_EQ(head->workflow, "review");
    EXPECT_EQ(head->version, "1.0");
    EXPECT_EQ(head->hash, "hash-1");
    EXPECT_EQ(head->created_at, arrived->at);
    EXPECT_EQ(head->delivery, arrived->delivery);
  }
  const auto inbox = read_inbox();
  ASSERT_EQ(inbox.size(), 1u);
  EXPECT_EQ(inbox[0].run, arrival.runs[0].id);
}

TEST_P(LogContract, DeliveriesOfTheRangeComeInTheirOrder) {
  std::vector<DeliveryId> ids;
  const auto keep = [&](std::string source, Micros later) {
    log::Arrival arrival;
    arrival.delivery = make_delivery("past-" + std::to_string(ids.size()));
    arrival.delivery->id = DeliveryId{make_uuid(house_->now() + later, random_)};
    arrival.delivery->source = std::move(source);
    ids.push_back(arrival.delivery->id);
    ASSERT_TRUE(accept(*one_, arrival));
  };
  using namespace std::chrono_literals;
  keep("github", 0s);
  keep("linear", 1s);
  keep("github", 2s);
  keep("github", 60s);
  const auto read = [&](log::Past::Range range) {
    range.since = range.since == Time{} ? house_->now() - 1h : range.since;
    range.until = range.until == Time{} ? house_->now() + 30s : range.until;
    const auto found = await<std::vector<log::Delivery>>(
        house_->loop(), [&](auto done) { other_->past().read(range, std::move(done)); });
    EXPECT_TRUE(found) << found.error().message;
    std::vector<DeliveryId> out;
    for (const log::Delivery& delivery : found.value_or(std::vector<log::Delivery>())) {
      EXPECT_TRUE(delivery.body.empty());
      EXPECT_EQ(delivery.verdicts.size(), 2u);
      EXPECT_FALSE(delivery.headers.empty());
      out.push_back(delivery.id);
    }
    return out;
  };
  EXPECT_EQ(read({}), (std::vector{ids[0], ids[1], ids[2]}));
  EXPECT_EQ(read({.source = "github", .after = {}}), (std::vector{ids[0], ids[2]}));
  EXPECT_EQ(read({.after = ids[0], .limit = 1}), std::vector{ids[1]});
  EXPECT_EQ(read({.since = house_->now() + 20s, .until = house_->now() + 2min, .after = {}}),
            std::vector{ids[3]});
}

TEST_P(LogContract, WhatHasBeenMadeOfACauseIsFound) {
  log::Arrival arrival;
  arrival.origin_kind = "backfill";
  arrival.origin = "here";
  arrival.delivery = make_delivery("d-made");
  ASSERT_TRUE(accept(*one_, arrival));
  const auto find = [&](std::string kind, std::vector<std::string> origins) {
    const auto found = await<std::vector<bool>>(house_->loop(), [&](auto done) {
      other_->past().find_made(std::move(kind), std::move(origins), std::move(done));
    });
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(std::vector<bool>());
  };
  EXPECT_EQ(find("backfill", {"there", "here", ""}), (std::vector{false, true, false}));
  EXPECT_EQ(find("schedule", {"here"}), std::vector{false});
  EXPECT_EQ(find("backfill", {}), std::vector<bool>{});
}

TEST_P(LogContract, ADeliveryIsStoredAsReceived) {
  const log::Arrival arrival = from_github(make_delivery("d-2"), {});
  const auto arrived = accept(*one_, arrival);
  ASSERT_TRUE(arrived) << arrived.error().message;

  const auto stored = await<log::Delivery>(
      house_->loop(), [&](auto done) { other_->library().delivery(arrival.delivery->id, std::move(done)); });

  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->body, arrival.delivery->body);
  EXPECT_EQ(stored->headers, arrival.delivery->headers);
  EXPECT_EQ(stored->source, "github");
  EXPECT_EQ(stored->external_id, "d-2");
  EXPECT_EQ(stored->event, "pull_request.opened");
  EXPECT_EQ(stored->matched_against, "set-1");
  EXPECT_EQ(stored->at, arrived->at);
  ASSERT_EQ(stored->verdicts.size(), 2u);
  EXPECT_EQ(stored->verdicts[0].run, arrival.delivery->verdicts[0].run);
  EXPECT_EQ(stored->verdicts[1].detail, "if: \"false\"");
}

TEST_P(LogContract, ASecondArrivalGetsTheFirstOnesAnswerAndWritesNothing) {
  store_definition();
  const log::Arrival first = from_github(make_delivery("d-3"), {make_new_run()});
  const log::Arrival second = from_github(make_delivery("d-3"), {make_new_run()});
  const auto arrived = accept(*one_, first);
  const auto again = accept(*other_, second);

  ASSERT_TRUE(arrived && again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->delivery, arrived->delivery);
  EXPECT_EQ(again->runs, arrived->runs);
  EXPECT_EQ(again->at, arrived->at);
  EXPECT_EQ(read_run(second.runs[0].id).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_head(second.runs[0].id).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_inbox().size(), 1u);
  const auto stored = await<log::Delivery>(
      house_->loop(), [&](auto done) { one_->library().delivery(second.delivery->id, std::move(done)); });
  EXPECT_EQ(stored.error().code, ErrorCode::not_found);
}

TEST_P(LogContract, ManyArrivalsOfOneOriginAtOnceMakeOne) {
  store_definition();
  std::size_t firsts = 0;
  std::size_t answers = 0;
  for (int i = 0; i < 20; ++i) {
    LogProcess& process = i % 2 == 0 ? *one_ : *other_;
    process.intake().accept(from_github(make_delivery("d-4"), {make_new_run()}), in(std::chrono::seconds(30)),
                            [&](const Result<log::Arrived>& arrived) {
                              ASSERT_TRUE(arrived) << arrived.error().message;
                              ++answers;
                              if (!arrived->duplicate) ++firsts;
                            });
  }
  ASSERT_TRUE(run_until(house_->loop(), [&] { return answers == 20; }));
  EXPECT_EQ(firsts, 1u);
  EXPECT_EQ(read_inbox().size(), 1u);
}

TEST_P(LogContract, TheSameArrivalSentAgainIsNoDuplicateOfItself) {
  store_definition();
  const log::Arrival arrival = from_github(make_delivery("d-5"), {make_new_run()});
  log::Arrival without_origin;
  without_origin.runs = {make_new_run()};
  for (const log::Arrival& sent : {arrival, without_origin}) {
    const auto first = accept(*one_, sent);
    const auto again = accept(*one_, sent);
    ASSERT_TRUE(first && again);
    EXPECT_FALSE(again->duplicate);
    EXPECT_EQ(again->at, first->at);
    EXPECT_EQ(read_run(sent.runs[0].id)->size(), 1u);
  }
}

TEST_P(LogContract, TheSameKeyWithAnotherFingerprintIsAConflict) {
  store_definition();
  log::Arrival arrival;
  arrival.origin_kind = "key";
  arrival.origin = std::string("any\0bytes", 9);
  arrival.fingerprint = "inputs-1";
  arrival.runs = {make_new_run()};
  ASSERT_TRUE(accept(*one_, arrival));

  log::Arrival same = arrival;
  same.runs = {make_new_run()};
  log::Arrival other = same;
  other.fingerprint = "inputs-2";

  EXPECT_TRUE(accept(*one_, same)->duplicate);
  EXPECT_EQ(accept(*one_, same)->runs[0], arrival.runs[0].id);
  const auto refused = accept(*one_, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TEST_P(LogContract, AnArrivalIsAllOrNothing) {
  store_definition();
  const log::Arrival arrival =
      from_github(make_delivery("d-6"), {make_new_run(), make_new_run("not stored")});
  const auto refused = accept(*one_, arrival);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(read_run(arrival.runs[0].id).error().code, ErrorCode::not_found);
  EXPECT_TRUE(read_inbox().empty());
  EXPECT_TRUE(accept(*one_, from_github(make_delivery("d-6"), {make_new_run()}))) << "the origin is free";
}

TEST_P(LogContract, ADefinitionIsStoredOnceAndTheSlugNamesTheCurrentOne) {
  store_definition("review", "h1");
  store_definition("review", "h2");
  store_definition("audit", "h3", false);
  store_definition("review", "h2");

  const auto current =
      await<Definitions>(house_->loop(), [&](auto done) { other_->catalog().current(std::move(done)); });
  ASSERT_TRUE(current);
  ASSERT_EQ(current->size(), 1u);
  EXPECT_EQ((*current)[0].hash, "h2");
  EXPECT_EQ((*current)[0].body, "name: review");
  EXPECT_TRUE((*current)[0].current);

  const auto versions = await<Definitions>(
      house_->loop(), [&](auto done) { one_->catalog().versions("review", std::move(done)); });
  ASSERT_TRUE(versions);
  EXPECT_EQ(versions->size(), 2u);
  EXPECT_TRUE((*versions)[0].body.empty());

  store_definition("review", "h2", true, "/w/review.yaml");
  EXPECT_TRUE(retire("review", "/w/review.yaml"));
  EXPECT_TRUE(current_files().empty());

  const auto loaded =
      await<log::Definition>(house_->loop(), [&](auto done) { one_->catalog().load("h2", std::move(done)); });
  ASSERT_TRUE(loaded) << "open runs go on";
  EXPECT_FALSE(loaded->current);
  const auto missing =
      await<log::Definition>(house_->loop(), [&](auto done) { one_->catalog().load("h9", std::move(done)); });
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

using Files = std::map<std::string, std::string>;  // of current workflows, by slug

TEST_P(LogContract, AWorkflowIsEndedByTheFileThatMadeItCurrentAlone) {
  store_definition("review", "h1", true, "/w/review.yaml");
  store_definition("audit", "h2");
  EXPECT_EQ(current_files(), (Files{{"audit", ""}, {"review", "/w/review.yaml"}}));

  EXPECT_FALSE(retire("review", "/w/other.yaml"));
  EXPECT_FALSE(retire("audit", "/w/review.yaml"));
  EXPECT_FALSE(retire("audit", ""));
  EXPECT_TRUE(retire("review", "/w/review.yaml"));
  EXPECT_FALSE(retire("review", "/w/review.yaml")) << "once is enough";
  EXPECT_EQ(current_files(), (Files{{"audit", ""}}));
}

TEST_P(LogContract, AWorkflowIsItsFilesUntilAnotherDefinitionIsMadeCurrent) {
  store_definition("review", "h1", true, "/w/review.yaml");
  store_definition("review", "h1");
  EXPECT_EQ(current_files(), (Files{{"review", "/w/review.yaml"}})) << "nothing was changed by a person";
  store_definition("review", "h2");
  EXPECT_EQ(current_files(), (Files{{"review", ""}}));
  store_definition("review", "h2", true, "/w/new.yaml");
  EXPECT_EQ(current_files(), (Files{{"review", "/w/new.yaml"}}));
}

TEST_P(LogContract, AFileThatDefinesAnotherWorkflowEndsTheOneBefore) {
  store_definition("review", "h1", true, "/w/a.yaml");
  store_definition("audit", "h2", true, "/w/b.yaml");
  store_definition("check", "h3", true, "/w/a.yaml");
  EXPECT_EQ(current_files(), (Files{{"audit", "/w/b.yaml"}, {"check", "/w/a.yaml"}}));
}

TEST_P(LogContract, RunsAreListedNewestFirstInPages) {
  store_definition("audit", "h2");
  std::vector<RunId> made;
  for (int i = 0; i < 5; ++i) made.push_back(make_run());
  std::ranges::sort(made);
  log::Append close = make_row(made[1], "d/1");
  close.close = {run::RunPhase::failed, {}};
  ASSERT_TRUE(append(*one_, close));
  const auto list = [&](log::Library::RunFilter filter) {
    const auto heads = await<std::vector<log::RunHead>>(
        house_->loop(), [&](auto done) { one_->library().runs(std::move(filter), std::move(done)); });
    EXPECT_TRUE(heads) << heads.error().message;
    std::vector<RunId> ids;
    for (const log::RunHead& head : *heads) ids.push_back(head.id);
    return ids;
  };
  log::Library::RunFilter page;
  page.limit = 3;
  EXPECT_EQ(list(page), (std::vector<RunId>{made[4], made[3], made[2]}));
  page.before = made[2];
  EXPECT_EQ(list(page), (std::vector<RunId>{made[1], made[0]}));

  log::Library::RunFilter failed;
  failed.phase = run::RunPhase::failed;
  EXPECT_EQ(list(failed), (std::vector<RunId>{made[1]}));
  log::Library::RunFilter audit;
  audit.workflow = "audit";
  EXPECT_TRUE(list(audit).empty());
  log::Library::RunFilter later;
  later.since = house_->now() + std::chrono::minutes(5);
  EXPECT_TRUE(list(later).empty());
  log::Library::RunFilter all;
  all.workflow = "review";
  all.since = house_->now() - std::chrono::minutes(5);
  all.until = house_->now() + std::chrono::minutes(5);
  EXPECT_EQ(list(all).size(), 5u);
}

TEST_P(LogContract, RunsAreFoundByTheirLabels) {
  store_definition();
  const auto make = [&](run::Labels labels) {
    log::NewRun run = make_new_run();
    run.labels = std::move(labels);
    log::Arrival arrival;
    arrival.runs = {run};
    EXPECT_TRUE(accept(*one_, arrival));
    EXPECT_TRUE(accept(*one_, arrival)) << "the reply was lost";
    return run.id;
  };
  const RunId core_7 = make({{"team", "core"}, {"pr", "7"}});
  const RunId core_8 = make({{"pr", "8"}, {"team", "core"}});
  const RunId web_7 = make({{"team", "web"}, {"pr", "7"}});
  make({});
  using Label = log::Library::RunFilter::Label;
  const auto list = [&](std::vector<Label> labels) {
    log::Library::RunFilter filter;
    filter.labels = std::move(labels);
    const auto heads = await<std::vector<log::RunHead>>(
        house_->loop(), [&](auto done) { other_->library().runs(std::move(filter), std::move(done)); });
    EXPECT_TRUE(heads) << heads.error().message;
    std::set<RunId> ids;
    for (const log::RunHead& head : *heads) ids.insert(head.id);
    return ids;
  };
  EXPECT_EQ(list({Label{"team", "core"}}), (std::set<RunId>{core_7, core_8}));
  EXPECT_EQ(list({Label{"team", "core"}, Label{"pr", "7"}}), (std::set<RunId>{core_7}));
  EXPECT_EQ(list({Label{"pr", std::nullopt}}), (std::set<RunId>{core_7, core_8, web_7}));
  EXPECT_EQ(list({Label{"pr", std::nullopt}, Label{"team", "web"}}), (std::set<RunId>{web_7}));
  EXPECT_TRUE(list({Label{"team", "Core"}}).empty());
  EXPECT_TRUE(list({Label{"none", std::nullopt}}).empty());
  const auto head = read_head(core_8);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->labels, (run::Labels{{"pr", "8"}, {"team", "core"}})) << "by name";
}

TEST_P(LogContract, AnArrivalThatCameBeforeAddsNoLabels) {
  store_definition();
  const log::Arrival first = from_github(make_delivery("labelled"), {make_new_run()});
  log::Arrival second = from_github(make_delivery("labelled"), {make_new_run()});
  second.runs[0].labels = {{"team", "core"}};
  ASSERT_TRUE(accept(*one_, first));
  ASSERT_TRUE(accept(*other_, second));
  log::Library::RunFilter filter;
  filter.labels = {{"team", std::nullopt}};
  const auto heads = await<std::vector<log::RunHead>>(
      house_->loop(), [&](auto done) { one_->library().runs(std::move(filter), std::move(done)); });
  ASSERT_TRUE(heads);
  EXPECT_TRUE(heads->empty());
}

TEST_P(LogContract, TheLargestPageTellsThatMoreFollows) {
  store_definition();
  std::vector<log::NewRun> runs;
  for (int i = 0; i < limits::kPageMost + 2; ++i) runs.push_back(make_new_run());
  ASSERT_TRUE(accept(*one_, from_github(make_delivery("large"), std::move(runs))));
  log::Library::RunFilter page;
  page.limit = limits::kPageMost + 1;
  const auto heads = await<std::vector<log::RunHead>>(
      house_->loop(), [&](auto done) { one_->library().runs(page, std::move(done)); });
  ASSERT_TRUE(heads) << heads.error().message;
  EXPECT_EQ(std::ssize(*heads), limits::kPageMost + 1);
}

TEST_P(LogContract, DeliveriesAreListedNewestFirstInPagesWithoutTheirBodies) {
  std::vector<DeliveryId> made;
  for (int i = 0; i < 3; ++i) {
    const auto arrived = accept(*one_, from_github(make_delivery("list-" + std::to_string(i)), {}));
    ASSERT_TRUE(arrived);
    made.push_back(*arrived->delivery);
  }
  std::ranges::sort(made);
  const auto list = [&](std::optional<DeliveryId> before, std::string source) {
    return await<std::vector<log::Delivery>>(house_->loop(), [&](auto done) {
      one_->library().deliveries(before, std::move(source), 2, std::move(done));
    });
  };
  const auto first = list(std::nullopt, "");
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].id, made[2]);
  EXPECT_TRUE((*first)[0].body.empty());
  EXPECT_EQ((*first)[0].verdicts.size(), 2u);
  EXPECT_EQ(list(made[1], "github")->size(), 1u);
  EXPECT_TRUE(list(std::nullopt, "linear")->empty());
}

}  // namespace callboard::test
