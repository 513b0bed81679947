#pragma once

#include <vector>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/router.hpp"

/// The resources, a file each: every function gives the routes of one, which hold on to `context`.
namespace callboard::dispatcher {

std::vector<Route> workflow_routes(Context& context);
std::vector<Route> start_routes(Context& context);
std::vector<Route> run_routes(Context& context);
/// GET of one run, by the parameter `id`.
void show_run(Context& context, Call call);
std::vector<Route> history_routes(Context& context);
std::vector<Route> stream_routes(Context& context);
std::vector<Route> command_routes(Context& context);
std::vector<Route> signal_routes(Context& context);
std::vector<Route> approval_routes(Context& context);
std::vector<Route> approval_page_routes(Context& context);
std::vector<Route> checkpoint_routes(Context& context);
std::vector<Route> fork_routes(Context& context);
std::vector<Route> migrate_routes(Context& context);
std::vector<Route> bulk_routes(Context& context);
std::vector<Route> pause_routes(Context& context);
std::vector<Route> schedule_routes(Context& context);
std::vector<Route> backfill_routes(Context& context);
std::vector<Route> delivery_routes(Context& context);
std::vector<Route> dead_letter_routes(Context& context);
std::vector<Route> fleet_routes(Context& context);
std::vector<Route> health_routes(Context& context);
std::vector<Route> metrics_routes(Context& context);
std::vector<Route> page_routes();

}  // namespace callboard::dispatcher
